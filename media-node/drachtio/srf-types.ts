/**
 * What this folder uses of drachtio-srf, as the code of 5.0.29 behaves. The types it ships contradict it in places
 * (`Dialog#destroy`, `createUAC`), so they are narrowed here once and not used further.
 */

export interface SrfMessage {
  /** The whole text, as the engine wrote it. */
  readonly raw: string;
  readonly body: string | undefined;
  /** One entry per part of a multipart body, else one for the whole. */
  readonly payload: readonly { readonly type?: string | null; readonly content?: string }[];
  get(name: string): string | undefined;
  has(name: string): boolean;
}

export interface SrfRequest extends SrfMessage {
  readonly method: string;
  readonly uri: string;
  /** `application` for a request that the engine made itself. */
  readonly source: "network" | "application";
  readonly source_address: string;
  readonly source_port: number;
  readonly protocol: string;
  on(event: "cancel", listener: () => void): this;
  removeListener(event: "cancel", listener: () => void): this;
  /** Only on a request that we sent. */
  cancel(callback: (error: unknown) => void): void;
}

interface SrfSendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SrfResponse extends SrfMessage {
  readonly status: number;
  readonly reason: string;
  readonly finalResponseSent: boolean;
  /** Empty for a response that the engine made up. */
  readonly source_address: string;
  send(
    status: number,
    reason: string,
    options: SrfSendOptions,
    callback?: (error: unknown) => void,
  ): void;
}

export interface SrfDialog {
  readonly type: "uas" | "uac";
  readonly sip: { readonly callId: string };
  readonly remote: { sdp: string | undefined };
  /** The response that made a dialog of ours. */
  readonly res: SrfResponse;
  on(event: "destroy", listener: (request: SrfRequest, reason?: string) => void): this;
  on(event: "ack", listener: (request: SrfRequest) => void): this;
  on(
    event: "modify" | "update" | "info" | "refer" | "message" | "notify" | "options",
    listener: (request: SrfRequest, response: SrfResponse) => void,
  ): this;
  destroy(options: SrfSendOptions, callback: (error: unknown) => void): void;
  request(
    options: SrfSendOptions & { readonly method: "REFER" | "NOTIFY" },
    callback: (error: unknown, response?: SrfResponse) => void,
  ): void;
}

/** What `createUAC` fails with when a final response refused the call. */
export interface SrfRefusal {
  readonly status: number;
  readonly reason: string;
  readonly res: SrfResponse;
}

interface SrfUacOptions extends SrfSendOptions {
  readonly localSdp: string;
  readonly proxy?: string;
}

export interface SrfClient {
  connect(options: {
    host: string;
    port: number;
    secret: string;
    reconnect: { maxAttempts: number };
  }): void;
  disconnect(): void;
  on(event: "connect", listener: (error: unknown, hostPorts?: string) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "close", listener: () => void): this;
  use(method: string, handler: (request: SrfRequest, response: SrfResponse) => void): void;
  createUAS(
    request: SrfRequest,
    response: SrfResponse,
    options: { localSdp: string; headers: Record<string, string> },
    callback: (error: unknown, dialog?: SrfDialog) => void,
  ): void;
  createUAC(
    uri: string,
    options: SrfUacOptions,
    progress: {
      cbRequest: (error: unknown, request?: SrfRequest) => void;
      cbProvisional: (response: SrfResponse) => void;
    },
    callback: (error: unknown, dialog?: SrfDialog) => void,
  ): void;
}

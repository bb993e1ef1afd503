import { headerList, type SipRequest } from "../protocol/sip/message.ts";
import { SipSyntaxError } from "../protocol/sip/syntax.ts";
import { parseHostPort } from "../protocol/sip/uri.ts";
import { parseVia, viaBranch, writeVia } from "../protocol/sip/via.ts";
import type { EngineClock, EngineTimer } from "./clock.ts";
import type { SipConnection } from "./connection.ts";

/** RFC 3261 §18.1.1, where the path's MTU is unknown. */
const MAX_DATAGRAM_REQUEST_BYTES = 1_300;
/** As long as an INVITE may ring: its CANCEL and its ACK follow it. */
const REMEMBERED_MS = 300_000;

interface Moved {
  readonly methods: Set<string>;
  connection: SipConnection | null;
  /** No stream could be had: the datagram is what is left. */
  isRefused: boolean;
  readonly forget: EngineTimer;
}

export interface LargeRequestsDeps {
  readonly clock: EngineClock;
  /** A TCP connection to the address that the flow leads to. */
  readonly connect: (flow: SipConnection) => Promise<SipConnection>;
  readonly sentBy: (connection: SipConnection) => string;
  readonly sendNow: (connection: SipConnection, request: SipRequest) => boolean;
}

/** RFC 3261 §18.1.1: a request too large for a datagram goes over TCP, and by UDP after all when that fails. */
export class LargeRequests {
  readonly #deps: LargeRequestsDeps;
  readonly #moved = new Map<string, Moved>();

  constructor(deps: LargeRequestsDeps) {
    this.#deps = deps;
  }

  /** Whether it was taken: it is too large, or it belongs to one that was (CANCEL, ACK: the same branch). */
  take(flow: SipConnection, request: SipRequest, sizeBytes: number): boolean {
    const branch = branchOf(request);
    if (branch === null) return false;
    let moved = this.#moved.get(branch);
    if (moved === undefined) {
      if (sizeBytes <= MAX_DATAGRAM_REQUEST_BYTES) return false;
      const forget = this.#deps.clock.after(REMEMBERED_MS, () => this.#moved.delete(branch));
      moved = { methods: new Set(), connection: null, isRefused: false, forget };
      this.#moved.set(branch, moved);
    }
    if (moved.isRefused) return false;
    const { method } = request.startLine;
    // Timers A and E go on firing, because the transaction believes in UDP; a stream needs no repeats.
    const isRepeat = moved.methods.has(method) && method !== "ACK";
    if (isRepeat && moved.connection?.isOpen !== false) return true;
    moved.methods.add(method);
    if (moved.connection?.isOpen) this.#send(moved.connection, request);
    else this.#open(flow, request, moved);
    return true;
  }

  close(): void {
    for (const { forget } of this.#moved.values()) forget.cancel();
    this.#moved.clear();
  }

  #open(flow: SipConnection, request: SipRequest, moved: Moved): void {
    moved.connection = null;
    this.#deps.connect(flow).then(
      (connection) => {
        moved.connection = connection;
        this.#send(connection, request);
      },
      () => {
        moved.isRefused = true;
        this.#deps.sendNow(flow, request);
      },
    );
  }

  /** "If this causes a change in the transport protocol from the one indicated in the top Via, the value in the top Via MUST be changed." */
  #send(connection: SipConnection, request: SipRequest): void {
    const [top = "", ...others] = headerList(request, "Via");
    const via = parseVia(top);
    const sentBy = parseHostPort(this.#deps.sentBy(connection));
    if (via instanceof SipSyntaxError || sentBy instanceof SipSyntaxError) return;
    const value = writeVia({ ...via, ...sentBy, transport: connection.transport.toUpperCase() });
    const headers = [
      ...[value, ...others].map((text) => ({ name: "Via", value: text })),
      ...request.headers.filter(({ name }) => name !== "Via"),
    ];
    this.#deps.sendNow(connection, { ...request, headers });
  }
}

function branchOf(request: SipRequest): string | null {
  const via = parseVia(headerList(request, "Via")[0] ?? "");
  return via instanceof SipSyntaxError ? null : viaBranch(via);
}

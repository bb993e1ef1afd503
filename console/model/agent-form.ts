import type { AgentView } from "../../schema/contracts/agent.ts";
import type { HeaderRow } from "./trunk-form.ts";
import { linesOf } from "./trunk-form.ts";

/** The form of an agent: how a node reaches it, and what its calls are like. */

export type Protocol = AgentView["connection"]["protocol"];
type Recording = {
  readonly enabled?: unknown;
  readonly format?: unknown;
  readonly retention_days?: unknown;
};

export interface AgentDraft {
  readonly name: string;
  readonly protocol: Protocol;
  readonly url: string;
  /** Written only: values are never told. */
  readonly headers: readonly HeaderRow[];
  /** Token or API key; empty: as it is. */
  readonly secret: string;
  readonly model: string;
  readonly vendorAgentId: string;
  readonly isRecorded: boolean;
  readonly retentionDays: string;
  readonly voicemail: "off" | "hang_up" | "leave_message" | "continue";
  readonly voicemailMessage: string;
  readonly isQueued: boolean;
  readonly queueSecs: string;
  /** Empty: no limit. */
  readonly concurrency: string;
  /** One a line. */
  readonly transferDestinations: string;
}

export const NEW_AGENT: AgentDraft = {
  name: "",
  protocol: "native",
  url: "",
  headers: [],
  secret: "",
  model: "",
  vendorAgentId: "",
  isRecorded: false,
  retentionDays: "30",
  voicemail: "off",
  voicemailMessage: "",
  isQueued: false,
  queueSecs: "180",
  concurrency: "",
  transferDestinations: "",
};

export function draftOfAgent(view: AgentView): AgentDraft {
  const { connection } = view;
  const recording: Recording = objectAt(view, "recording");
  const voicemail = objectAt(view, "voicemail_detection");
  const queue = objectAt(view.platform_settings, "queueing_config");
  const limits = objectAt(view.platform_settings, "call_limits");
  const limit = limits["agent_concurrency_limit"];
  const destinations: unknown = Reflect.get(view, "transfer_destinations");
  return {
    ...NEW_AGENT,
    name: view.name,
    protocol: connection.protocol,
    url: "url" in connection ? connection.url : "",
    model: connection.protocol === "openai" ? connection.model : "",
    vendorAgentId: connection.protocol === "elevenlabs" ? connection.agent_id : "",
    isRecorded: recording.enabled === true,
    retentionDays:
      typeof recording.retention_days === "number" ? String(recording.retention_days) : "30",
    voicemail: VOICEMAIL.find((action) => action === voicemail["action"]) ?? "off",
    voicemailMessage: textOr(voicemail["message"], ""),
    isQueued: queue["enabled"] === true,
    queueSecs:
      typeof queue["wait_timeout_seconds"] === "number"
        ? String(queue["wait_timeout_seconds"])
        : "180",
    concurrency: typeof limit === "number" && limit >= 0 ? String(limit) : "",
    transferDestinations: Array.isArray(destinations) ? destinations.map(String).join("\n") : "",
  };
}

const VOICEMAIL = ["off", "hang_up", "leave_message", "continue"] as const;

function objectAt(value: object, name: string): Record<string, unknown> {
  const member: unknown = Reflect.get(value, name);
  // Any object has its members by name.
  return typeof member === "object" && member !== null ? (member as Record<string, unknown>) : {};
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

/** The body of a new agent, or of a change: what is absent stays. */
export function agentBody(draft: AgentDraft): Record<string, unknown> {
  return {
    name: draft.name.trim(),
    connection: connectionBody(draft),
    recording: { enabled: draft.isRecorded, retention_days: numberOr(draft.retentionDays, 30) },
    voicemail_detection: {
      action: draft.voicemail,
      ...(draft.voicemail === "leave_message" ? { message: draft.voicemailMessage } : {}),
    },
    platform_settings: {
      queueing_config: {
        enabled: draft.isQueued,
        wait_timeout_seconds: numberOr(draft.queueSecs, 180),
      },
      call_limits: { agent_concurrency_limit: numberOr(draft.concurrency, -1) },
    },
    transfer_destinations: linesOf(draft.transferDestinations),
  };
}

function numberOr(text: string, otherwise: number): number {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? otherwise : value;
}

function connectionBody(draft: AgentDraft): Record<string, unknown> {
  const { protocol } = draft;
  const written = draft.headers.filter(({ name }) => name.trim() !== "");
  const headers =
    written.length === 0
      ? {}
      : { headers: Object.fromEntries(written.map(({ name, value }) => [name.trim(), value])) };
  const secret = (name: string) => (draft.secret === "" ? {} : { [name]: draft.secret });
  const url = draft.url.trim();
  const optionalUrl = url === "" ? {} : { url };
  switch (protocol) {
    case "builtin":
      return { protocol };
    case "native":
      return { protocol, url, ...headers };
    case "twilio":
    case "telnyx":
      return { protocol, url, ...headers, ...secret("auth_token") };
    case "openai":
      return {
        protocol,
        ...optionalUrl,
        model: draft.model.trim(),
        ...headers,
        ...secret("api_key"),
      };
    case "elevenlabs":
      return {
        protocol,
        ...optionalUrl,
        agent_id: draft.vendorAgentId.trim(),
        ...headers,
        ...secret("api_key"),
      };
    default:
      return protocol satisfies never;
  }
}

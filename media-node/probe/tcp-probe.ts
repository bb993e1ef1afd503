import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TriedTarget } from "../../schema/contracts/trunk-test.ts";
import { specialRangeOf } from "../../schema/values/address-range.ts";
import type { EngineConfig } from "../engine/engine-config.ts";
import type { SipTarget } from "../engine/resolver.ts";
import { hostForUri } from "../protocol/sip/uri.ts";
import { type Finding, type FindingCode, failed, type ProbeTimings, passed } from "./finding.ts";

/** A zone may list many: whoever waits for a test has not the patience of a call for each. */
const MAX_TRIED = 4;

export interface TcpProbeDeps {
  readonly addressPolicy: EngineConfig["addressPolicy"];
  readonly timings: ProbeTimings;
  readonly signal: AbortSignal;
}

export interface TcpProbe {
  readonly finding: Finding;
  readonly reached: { readonly target: SipTarget; readonly socket: Socket } | null;
}

type Outcome = TriedTarget["outcome"];

/** The first target that takes a connection, as a call would find it. */
export async function probeTcp(
  targets: readonly SipTarget[],
  deps: TcpProbeDeps,
): Promise<TcpProbe> {
  const tried: TriedTarget[] = [];
  let reached: TcpProbe["reached"] = null;
  let tries = 0;
  for (const target of targets) {
    const outcome: Outcome | Socket =
      reached !== null || tries >= MAX_TRIED
        ? "not_tried"
        : isRefusedByPolicy(target, deps)
          ? "not_public"
          : await tryOnce(target, deps);
    if (typeof outcome !== "string") reached = { target, socket: outcome };
    if (outcome !== "not_tried") tries += 1;
    const { address, port, transport } = target;
    const word = typeof outcome === "string" ? outcome : "connected";
    tried.push({ address, port, transport, outcome: word });
  }
  return { reached, finding: findingOf(tried, reached?.target ?? null) };
}

/** DESIGN §6: the rule of every call of ours. */
export function isRefusedByPolicy(
  { address }: Pick<SipTarget, "address">,
  { addressPolicy }: Pick<TcpProbeDeps, "addressPolicy">,
): boolean {
  return addressPolicy === "public" && specialRangeOf(address) !== null;
}

async function tryOnce(target: SipTarget, deps: TcpProbeDeps): Promise<Outcome | Socket> {
  const socket = connect({ host: target.address, port: target.port });
  const signal = AbortSignal.any([deps.signal, AbortSignal.timeout(deps.timings.connectMs)]);
  try {
    await once(socket, "connect", { signal });
    // Whoever owns it next adds listeners of its own.
    socket.on("error", () => undefined);
    return socket;
  } catch (fault) {
    socket.on("error", () => undefined);
    socket.destroy();
    return outcomeOf(fault);
  }
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  ETIMEDOUT: "timed_out",
  ABORT_ERR: "timed_out",
  ENETUNREACH: "no_route",
  EADDRNOTAVAIL: "no_route",
  EHOSTUNREACH: "unreachable",
  EACCES: "unreachable",
};

function outcomeOf(fault: unknown): Outcome {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  return OUTCOMES[code] ?? "unreachable";
}

/** Of several failures, the one that says most: that a firewall drops packets is worth more than a missing route. */
const BY_WEIGHT = [
  ["timed_out", "tcp_timed_out", "does not answer at all"],
  ["refused", "tcp_refused", "refuses connections"],
  ["reset", "tcp_reset", "takes the connection and cuts it off"],
  ["unreachable", "tcp_unreachable", "is reported as unreachable on the way"],
  ["no_route", "no_route", "cannot be reached from this node: there is no route"],
  ["not_public", "address_not_public", "is not a public address, and is never called"],
] as const satisfies readonly (readonly [Outcome, FindingCode, string])[];

function findingOf(tried: readonly TriedTarget[], reached: SipTarget | null): Finding {
  const facts = { targets: [...tried] };
  const missed = tried.filter(({ outcome }) => outcome !== "connected" && outcome !== "not_tried");
  if (reached !== null) {
    const names = missed.map((target) => `${place(target)} (${target.outcome})`).join(", ");
    const warning = names === "" ? null : `Others of the same name were not reached: ${names}.`;
    return passed(`${place(reached)} takes the connection.`, facts, warning);
  }
  for (const [outcome, code, says] of BY_WEIGHT) {
    const first = missed.find((target) => target.outcome === outcome);
    if (first !== undefined) return failed(code, `${place(first)} ${says}.`, facts);
  }
  return failed("tcp_unreachable", "There is no place to connect to.", facts);
}

function place({ address, port }: Pick<SipTarget, "address" | "port">): string {
  return `${hostForUri(address)}:${port}`;
}

import { handleEcho, isEchoCall } from "./call/echo/echo-call.ts";
import { createEchoLimit } from "./call/echo/echo-limit.ts";
import { handleInbound } from "./call/inbound/inbound.ts";
import type { CallDeps, InboundInvite } from "./call/ports.ts";
import { startEchoReports } from "./control/echo-reports.ts";
import type { ControlPlaneClient } from "./control/http-client.ts";
import { sourceKey } from "./engine/source-key.ts";

interface InboundDeskDeps {
  readonly client: ControlPlaneClient;
  readonly controlPlane: { readonly url: string };
  readonly portPairs: () => { readonly total: number };
}

/** Who takes an INVITE outside dialogs: a number's agent, or the node itself where its echo is called. */
export interface InboundDesk extends AsyncDisposable {
  readonly invite: (invite: InboundInvite) => Promise<void>;
}

export function startInboundDesk(
  calls: CallDeps,
  { client, controlPlane, portPairs }: InboundDeskDeps,
): InboundDesk {
  const { clock, logger } = calls;
  const reports = startEchoReports({ client, clock, logger, random: Math.random });
  const places = () => portPairs().total;
  const limit = createEchoLimit({ nowMs: () => clock.monotonicMs(), places, sourceKey });
  const echo = { ...calls, limit, reportsUrl: controlPlane.url, keep: reports.keep };
  return {
    invite: (invite) =>
      isEchoCall(invite) ? handleEcho(invite, echo) : handleInbound(invite, calls),
    [Symbol.asyncDispose]: () => reports[Symbol.asyncDispose](),
  };
}

import { networkInterfaces } from "node:os";
import type { CallEvent } from "../schema/contracts/call-record.ts";
import type { NodeToHub } from "../schema/contracts/node-link.ts";
import { handleEcho, isEchoCall } from "./call/echo/echo-call.ts";
import { createEchoLimit } from "./call/echo/echo-limit.ts";
import { handleInbound } from "./call/inbound/inbound.ts";
import type { CallDeps, InboundInvite } from "./call/ports.ts";
import {
  createTestCallDesk,
  type ExpectedCall,
  type TestCallDesk,
} from "./call/test-call/test-call-desk.ts";
import type { MediaNodeConfig } from "./config.ts";
import { startEchoReports } from "./control/echo-reports.ts";
import type { ControlPlaneClient } from "./control/http-client.ts";
import { sourceKey } from "./engine/source-key.ts";
import type { SipPorts } from "./engine-settings.ts";
import type { RoutingTable } from "./routing/table.ts";
import { testedNumber } from "./routing/test-call-route.ts";

interface InboundDeskDeps {
  readonly client: ControlPlaneClient;
  readonly controlPlane: { readonly url: string };
  readonly portPairs: () => { readonly total: number };
  readonly sip: MediaNodeConfig["sip"];
  /** Null: the engine is down. */
  readonly sipPorts: () => SipPorts | null;
  readonly table: () => RoutingTable | null;
  readonly send: (message: NodeToHub) => void;
}

/** Who takes an INVITE outside dialogs: a number's agent, or the node itself where its echo is called. */
export interface InboundDesk extends AsyncDisposable, Pick<TestCallDesk, "onTestCall"> {
  readonly invite: (invite: InboundInvite) => Promise<void>;
}

export function startInboundDesk(calls: CallDeps, deps: InboundDeskDeps): InboundDesk {
  const { client, controlPlane, portPairs, send, sip, sipPorts, table } = deps;
  const { clock, logger } = calls;
  const reports = startEchoReports({ client, clock, logger, random: Math.random });
  const places = () => portPairs().total;
  const limit = createEchoLimit({ nowMs: () => clock.monotonicMs(), places, sourceKey });
  const echo = { ...calls, limit, reportsUrl: controlPlane.url, keep: reports.keep };
  const testCalls = createTestCallDesk({
    ...calls,
    controlPlaneUrl: controlPlane.url,
    send,
    isOwnAddress: (address) => isOwnAddress(address, sip),
    listeners() {
      const bound = sipPorts();
      if (bound === null) return null;
      return {
        host: calls.ourHost,
        tlsPort: sip.advertisedSipsPort || bound.sipsPort,
        tcpPort: sip.advertisedPort || bound.sipPort,
        domain: sip.domain,
      };
    },
    find(question) {
      const current = table();
      return current === null ? null : testedNumber(current, question);
    },
  });
  return {
    onTestCall: testCalls.onTestCall,
    invite(invite) {
      if (isEchoCall(invite)) return handleEcho(invite, echo);
      const expected = testCalls.claim(invite);
      return handleInbound(invite, expected === null ? calls : forTest(calls, expected));
    },
    [Symbol.asyncDispose]: () => reports[Symbol.asyncDispose](),
  };
}

/** As any other call, but for who may place it, what it is called and what its record says of it. */
function forTest(calls: CallDeps, expected: ExpectedCall): CallDeps {
  const { records } = calls;
  return {
    ...calls,
    newCallId: () => expected.callId,
    routes: { lookup: (query) => expected.route(query) },
    records: { save: (event) => records.save(markedAsTest(event)) },
  };
}

function markedAsTest(event: CallEvent): CallEvent {
  switch (event.kind) {
    case "call_started":
      return { ...event, call: { ...event.call, isTest: true } };
    case "call_ended":
      return { ...event, call: { ...event.call, isTest: true } };
    default:
      return event;
  }
}

/** The advertised one, which a NAT may have put in the place of our own; else one that this machine has. */
function isOwnAddress(address: string, sip: MediaNodeConfig["sip"]): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (plain === sip.advertisedAddress || plain === sip.bindAddress) return true;
  return Object.values(networkInterfaces()).some((own) =>
    own?.some((one) => one.address === plain),
  );
}

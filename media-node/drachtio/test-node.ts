// biome-ignore-all lint/style/noRestrictedImports: for tests, which put the real engine behind the adapters.
import { onTestFinished } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import type { Dialer } from "../call/outbound/outbound-ports.ts";
import type { DialogHandlers, InboundInvite } from "../call/ports.ts";
import type { EngineDeps } from "../engine/engine.ts";
import type { EngineConfig } from "../engine/engine-config.ts";
import { ScriptedPeer } from "../engine/scripted-peer.ts";
import {
  ANSWER,
  OFFER,
  requestLines,
  startTestEngine,
  TEST_SECRET,
  type TestEngine,
} from "../engine/test-engine.ts";
import { connectSrf, type SrfConnection } from "./connect.ts";
import { createDialer } from "./dialer.ts";
import { startSipServer } from "./server.ts";

export interface Node {
  readonly engine: TestEngine;
  readonly connection: SrfConnection;
  readonly dialer: Dialer;
  readonly refused: string[];
  /** The next INVITE that reaches the call domain. */
  readonly invited: () => Promise<InboundInvite>;
}

/** The engine, the unmodified package and the adapters: only the call domain is missing. */
export async function startNode(
  options: {
    state?: () => { status: 200 } | { status: 503; retryAfterS: number };
    engine?: Partial<EngineConfig>;
    deps?: Partial<EngineDeps>;
  } = {},
): Promise<Node> {
  const engine = await startTestEngine(options.engine, options.deps);
  onTestFinished(() => engine[Symbol.asyncDispose]());
  const connection = await connectSrf({ port: engine.engine.controlPort, secret: TEST_SECRET });
  onTestFinished(() => connection[Symbol.asyncDispose]());
  const refused: string[] = [];
  const queue: InboundInvite[] = [];
  const waiting: ((invite: InboundInvite) => void)[] = [];
  startSipServer(connection, {
    async invite(invite) {
      const waiter = waiting.shift();
      if (waiter === undefined) queue.push(invite);
      else waiter(invite);
    },
    options: options.state ?? (() => ({ status: 200 })),
    refused: (method, code, source) =>
      refused.push(`${method} ${code} ${source.address} ${source.transport}`),
  });
  const invited = (): Promise<InboundInvite> => {
    const invite = queue.shift();
    if (invite !== undefined) return Promise.resolve(invite);
    return deadline(new Promise((resolve) => waiting.push(resolve)), 5_000, "no INVITE");
  };
  await routesTaken(engine);
  return {
    engine,
    connection,
    dialer: createDialer(connection, engine.engine.setAccount),
    refused,
    invited,
  };
}

/** The package sends its routes without waiting: the engine has them once OPTIONS is answered. */
async function routesTaken(engine: TestEngine): Promise<void> {
  const tcp = engine.engine.listeners.find(({ transport }) => transport === "tcp");
  const peer = await ScriptedPeer.connect(tcp?.port ?? 0);
  onTestFinished(() => peer[Symbol.asyncDispose]());
  for (let attempts = 0; attempts < 50; attempts += 1) {
    peer.send(requestLines("REGISTER"));
    const { startLine } = await peer.next("SIP/2.0");
    if (startLine.startsWith("SIP/2.0 405")) return;
  }
  throw new Error("the routes were never taken");
}

export function handlers(changes: Partial<DialogHandlers> = {}) {
  const ended = Promise.withResolvers<Parameters<DialogHandlers["ended"]>[0]>();
  return {
    ended: ended.resolve,
    reoffer: async () => ({ answer: ANSWER }),
    ...changes,
    whenEnded: () => deadline(ended.promise, 5_000, "the dialog did not end"),
  };
}

export async function call(
  node: Node,
  lines: readonly string[] = requestLines("INVITE"),
  body = OFFER,
) {
  const peer = await node.engine.peer();
  const isSdp = body === "" ? [] : ["Content-Type: application/sdp"];
  peer.send([...lines, ...isSdp], body);
  await peer.next("SIP/2.0 100");
  return { peer, invite: await node.invited() };
}

export async function answerCall(node: Node, ackBody = "", offer = OFFER) {
  const { peer, invite } = await call(node, requestLines("INVITE"), offer);
  const answering = invite.answer(ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  const inDialog = (cseq: number, method: string): Record<string, string> => ({
    To: ok.header("To"),
    "Call-ID": ok.header("Call-ID"),
    CSeq: `${cseq} ${method}`,
    ...(ackBody === "" && method === "ACK" ? {} : { "Content-Type": "application/sdp" }),
  });
  peer.send(requestLines("ACK", inDialog(1, "ACK"), target), ackBody);
  const dialog = await deadline(answering, 5_000, "the answer was not acknowledged");
  const send = (method: string, cseq: number, body = ""): void => {
    peer.send(requestLines(method, inDialog(cseq, method), target), body);
  };
  return { peer, invite, dialog, ok, send };
}

export async function hangUp(peer: ScriptedPeer, ending: Promise<void>): Promise<string> {
  const bye = await peer.next("BYE");
  peer.reply(bye, "200 OK");
  await ending;
  return bye.header("Reason");
}

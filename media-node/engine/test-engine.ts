import { type EngineDeps, type RunningEngine, runEngine } from "./engine.ts";
import { DEFAULT_ENGINE_LIMITS, type EngineConfig, type EngineEvent } from "./engine-config.ts";
import { ScriptedApp } from "./scripted-app.ts";
import { ScriptedPeer, type WireText } from "./scripted-peer.ts";
import { TestClock } from "./test-clock.ts";

export const TEST_SECRET = "a secret of the test";
/** Never the bind address, so that a test sees which of the two went out. */
export const ADVERTISED = "sip.node.test";

export interface TestEngine extends AsyncDisposable {
  readonly engine: RunningEngine;
  readonly clock: TestClock;
  readonly events: EngineEvent[];
  readonly port: number;
  peer(): Promise<ScriptedPeer>;
  app(verbs?: readonly string[]): Promise<ScriptedApp>;
}

export function testConfig(changes: Partial<EngineConfig> = {}): EngineConfig {
  return {
    listeners: [{ transport: "tcp", bindAddress: "127.0.0.1", port: 0, advertisedPort: 5060 }],
    advertisedHost: ADVERTISED,
    tls: null,
    control: { port: 0, secret: TEST_SECRET },
    nodeId: "node7",
    limits: DEFAULT_ENGINE_LIMITS,
    messageEvents: "all",
    addressPolicy: "any",
    ...changes,
  };
}

/** An engine in this thread, on loopback, with time that only the test moves, unless it brings another clock. */
export async function startTestEngine(
  changes: Partial<EngineConfig> = {},
  deps: Partial<EngineDeps> = {},
): Promise<TestEngine> {
  const clock = deps.clock instanceof TestClock ? deps.clock : new TestClock();
  const events: EngineEvent[] = [];
  const engine = await runEngine(testConfig(changes), {
    onEvent: (event) => events.push(event),
    clock,
    ...deps,
  });
  const port = engine.listeners[0]?.port ?? 0;
  const open: AsyncDisposable[] = [];
  const keep = async <Opened extends AsyncDisposable>(
    opening: Promise<Opened>,
  ): Promise<Opened> => {
    const opened = await opening;
    open.push(opened);
    return opened;
  };
  return {
    engine,
    clock,
    events,
    port,
    peer: () => keep(ScriptedPeer.connect(port)),
    app: (verbs = ["invite"]) => keep(ScriptedApp.ready(engine.controlPort, TEST_SECRET, verbs)),
    async [Symbol.asyncDispose]() {
      for (const opened of open) await opened[Symbol.asyncDispose]();
      await engine.close();
    },
  };
}

export const OFFER =
  "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
export const ANSWER = OFFER.replaceAll("192.0.2.1", "192.0.2.2");

let sequence = 0;

/** The header lines of a request of the peer; `changes` replace or, with null, drop lines by their name. */
export function requestLines(
  method: string,
  changes: Record<string, string | null> = {},
  requestUri = "sip:+15005550100@sip.node.test;transport=tcp",
): string[] {
  sequence += 1;
  const lines: Record<string, string | null> = {
    Via: `SIP/2.0/TCP peer.test:5060;branch=z9hG4bKpeer${sequence};rport`,
    "Max-Forwards": "70",
    From: '"Caller" <sip:+15005550199@peer.test>;tag=caller1',
    To: "<sip:+15005550100@sip.node.test>",
    "Call-ID": `call${sequence}@peer.test`,
    CSeq: `1 ${method}`,
    Contact: "<sip:caller@127.0.0.1:5060;transport=tcp>",
    ...changes,
  };
  const written = Object.entries(lines).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return [`${method} ${requestUri} SIP/2.0`, ...written];
}

export interface Established {
  readonly invite: WireText;
  readonly ok: WireText;
  /** Lines that name the dialog in a request of the caller. */
  readonly inDialog: (cseq: number, method: string) => Record<string, string>;
  readonly target: string;
  /** What the control side calls the dialog. */
  readonly dialogId: string;
}

/** INVITE, 100, 200 and ACK: the caller's side of a call that the application answers at once. */
export async function establish(peer: ScriptedPeer, app: ScriptedApp): Promise<Established> {
  const lines = requestLines("INVITE", { "Content-Type": "application/sdp" });
  peer.send(lines, OFFER);
  await peer.next("SIP/2.0 100");
  const invite = await app.sip("INVITE");
  await app.respond(invite, "200 OK", [], ANSWER);
  const ok = await peer.next("SIP/2.0 200");
  const target = /<([^>]+)>/.exec(ok.header("Contact"))?.[1] ?? "";
  const inDialog = (cseq: number, method: string): Record<string, string> => ({
    To: ok.header("To"),
    "Call-ID": ok.header("Call-ID"),
    CSeq: `${cseq} ${method}`,
  });
  peer.send(requestLines("ACK", inDialog(1, "ACK"), target));
  const ack = await app.sip("ACK");
  if (invite.sip === null) throw new Error("the control side got no INVITE");
  return { invite: invite.sip, ok, inDialog, target, dialogId: ack.tokens[9] ?? "" };
}

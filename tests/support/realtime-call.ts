import type { RealtimeClientEvent, RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { expect } from "vitest";
import type { AgentTarget } from "../../media-node/call/agent-ports.ts";
import { CALL, connectTo } from "./media-stream-call.ts";
import { sessionCreated, sessionUpdated } from "./realtime-events.ts";
import { recordingSink } from "./recording-sink.ts";
import type { AgentSocket } from "./scripted-agent.ts";

/** A call to an agent of the Realtime API, whose server the test is. */

export const SETTINGS = {
  model: "gpt-realtime",
  session: { instructions: "Help {{ sip_customer }}, tier {{tier}}{{unset}}." },
  speaksFirst: true,
  functions: ["end_call", "transfer_call", "send_digits"],
} as const;

type OpenaiTarget = Extract<AgentTarget, { protocol: "openai" }>;

export function targetOf(
  url: string,
  settings: Partial<OpenaiTarget["settings"]> = {},
): OpenaiTarget {
  return {
    protocol: "openai",
    url,
    headers: { Authorization: "Bearer sk-test" },
    settings: { ...SETTINGS, functions: [...SETTINGS.functions], ...settings },
    collectsDigits: false,
  };
}

export const nextEvent = async (agent: AgentSocket<string>): Promise<RealtimeClientEvent> =>
  JSON.parse(String(await agent.next()));

/** The session as the server has it once it has been configured. */
export async function configure(agent: AgentSocket<string>): Promise<RealtimeClientEvent> {
  agent.say(sessionCreated());
  const update = await nextEvent(agent);
  agent.say(sessionUpdated({ type: "realtime" }));
  return update;
}

/** A call whose agent has been accepted; its events come by `told`, and everything it is told can be asked for. */
export async function talk(
  target: OpenaiTarget,
  accepted: Promise<AgentSocket<string>>,
  call = CALL,
) {
  const connecting = connectTo(target, call);
  const agent = await accepted;
  const update = await configure(agent);
  const connection = await connecting;
  const recorder = recordingSink();
  // As the media of a call drop what is queued: what has left is known at once.
  const clear = () => {
    recorder.sink.clear();
    connection.markReached(lastMark(recorder.told), "cleared", 123.9);
  };
  connection.attach({ ...recorder.sink, clear });
  connection.answered();
  const say = (event: RealtimeServerEvent) => agent.say(event);
  return { agent, say, connection, update, ...recorder };
}

/** So many milliseconds of µ-law silence. */
export const codes = (ms: number) => Buffer.alloc(ms * 8, 0xff).toString("base64");

export const MARK = expect.stringMatching(/^mark \S+ \d+$/);
export const lastMark = (told: readonly unknown[]) =>
  String(told.findLast((one) => /^mark/.test(`${one}`))).slice(5);

import { createHmac } from "node:crypto";
import { ElevenLabsClient } from "@elevenlabs/elevenlabs-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeG711, G711_CODECS } from "../../media-node/protocol/audio/g711.ts";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { startCarrier } from "../support/carrier.ts";
import { eventually } from "../support/deadline.ts";
import { metadata, nextOf, toolCall } from "../support/elevenlabs-call.ts";
import { startExample } from "../support/example-agent.ts";
import { expectTone } from "../support/expect-tone.ts";
import { heardFor } from "../support/heard-for.ts";
import { conversationWhen, numberWithTrunk } from "../support/outbound-client.ts";
import { placeCall, routingReached, startTrunkline, type Trunkline } from "../support/processes.ts";
import {
  functionCall,
  responseDone,
  sessionCreated,
  sessionUpdated,
} from "../support/realtime-events.ts";
import { AGENT_HZ, observeRealtime } from "../support/realtime-server.ts";
import { audioPort, openRtpPeer } from "../support/rtp-peer.ts";
import { type AgentSocket, startTextAgent } from "../support/scripted-agent.ts";
import { callIn, type ScriptedCaller } from "../support/scripted-caller.ts";
import { sine } from "../support/tone-agent.ts";

const CALLER_HZ = 437;
const TARGET_HZ = 653;
const TOKEN = "an-auth-token";

/** A tone as the payload of one message. */
function tone(seconds: number): string {
  const pcm = sine(AGENT_HZ, 8_000, seconds * 8_000);
  const codes = Buffer.alloc(pcm.length);
  encodeG711(G711_CODECS.PCMU, pcm, pcm.length, codes, 0);
  return codes.toString("base64");
}

describe("an agent that speaks a vendor's protocol", () => {
  let trunkline: Trunkline;
  let api: ApiClient;
  beforeAll(async () => {
    trunkline = await startTrunkline();
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
  });
  afterAll(async () => {
    await trunkline.stop();
  });

  /** A number whose calls go to an agent at the URL. */
  async function numberOf(url: string, protocol = "twilio"): Promise<string> {
    const secret =
      protocol === "openai" ? { model: "gpt-realtime", api_key: TOKEN } : { auth_token: TOKEN };
    return await numberFor({ protocol, url, ...secret });
  }

  const agentNameOf = (protocol: string) => `An agent of ${protocol}`;

  async function numberFor(
    connection: Record<string, string> & { readonly protocol: string },
    trunk = { address: "127.0.0.1" },
  ): Promise<string> {
    const created = await api.post("/v1/convai/agents/create", {
      name: agentNameOf(connection.protocol),
      connection,
      transfer_destinations: ["+4930*"],
    });
    expect(created.status).toBe(200);
    const agentId = created.body.agent_id;
    const number = await numberWithTrunk(api, agentId, trunk, { agent_id: agentId });
    await routingReached(trunkline, number.routingVersion);
    return number.phoneNumber;
  }

  interface Message {
    readonly event: string;
    readonly media?: { readonly payload: string };
    readonly mark?: { readonly name: string };
  }

  /** Every message that the application is sent, as it comes. */
  function collect(agent: AgentSocket<string>) {
    const messages: { readonly atMs: number; readonly message: Message }[] = [];
    agent.socket.on("message", (text: Buffer) => {
      messages.push({ atMs: performance.now(), message: JSON.parse(text.toString()) });
    });
    const of = (event: string) => messages.filter(({ message }) => message.event === event);
    return {
      of,
      first: (event: string) =>
        eventually(() => of(event)[0] ?? null, 10_000, `no ${event} message came`),
    };
  }

  function press(caller: ScriptedCaller, key: string): void {
    const body = `Signal=${key}\r\nDuration=160\r\n`;
    caller.send("INFO", ["Content-Type: application/dtmf-relay"], body);
  }

  it("of Telnyx, as the example in the documentation, greets a caller over SRTP and echoes to who has the token", async () => {
    const stranger = await startExample("telnyx.mjs", { AUTH_TOKEN: "another" });
    const number = await numberOf(`ws://127.0.0.1:${stranger}/`, "telnyx");
    const refused = await placeCall(trunkline, [number]);
    expect(refused.report).toMatchObject({ ok: false, status: 480 });
    const port = await startExample("telnyx.mjs", { AUTH_TOKEN: TOKEN });
    const call = await placeCall(trunkline, [await numberOf(`ws://127.0.0.1:${port}/`, "telnyx")]);
    expect(call.report).toMatchObject({ ok: true, heard_agent: true, echo_ok: true });
  });

  it("of ElevenLabs, as the example in the documentation, greets a caller over SRTP and echoes to who has the key, and the vendor's SDK reads what was said", async () => {
    const apiKey = "an-xi-api-key";
    const port = await startExample("elevenlabs.mjs", { API_KEY: apiKey });
    const connectionOf = (key: string) => ({
      protocol: "elevenlabs",
      agent_id: "demo",
      url: `ws://127.0.0.1:${port}`,
      api_key: key,
    });
    const stranger = await placeCall(trunkline, [await numberFor(connectionOf("another"))]);
    expect(stranger.report).toMatchObject({ ok: false, status: 480 });
    const number = await numberFor(connectionOf(apiKey));
    const call = await placeCall(trunkline, [number]);
    expect(call.report).toMatchObject({
      ok: true,
      heard_agent: true,
      echo_ok: true,
      srtp: "AES_CM_128_HMAC_SHA1_80",
    });

    const vendor = new ElevenLabsClient({
      baseUrl: trunkline.ready.api,
      apiKey: trunkline.ready.api_key,
    });
    const { conversations } = vendor.conversationalAi;
    const told = await eventually(
      async () => {
        const page = await conversations.list({});
        const mine = page.conversations.filter(
          (one) => one.agentName === agentNameOf("elevenlabs"),
        );
        const done = mine.find((one) => one.status === "done");
        return done === undefined ? null : await conversations.get(done.conversationId);
      },
      10_000,
      "the conversation did not end",
    );
    expect(told.transcript).toMatchObject([
      { role: "agent", message: "Beep.", timeInCallSecs: 0, interrupted: false },
    ]);
  });

  it("of ElevenLabs has its caller transferred, who talks to the target from then on", async () => {
    await using server = await startTextAgent();
    await using target = await openRtpPeer(TARGET_HZ);
    await using carrier = await startCarrier((call) => call.answer(target.port));
    const connection = { protocol: "elevenlabs", agent_id: "demo", url: server.url };
    const phoneNumber = await numberFor(connection, { address: carrier.address });
    const accepted = server.accepted();
    const calling = callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
    const agent = await accepted;
    await agent.next();
    agent.say(metadata());
    await using caller = await calling;
    agent.say(toolCall("transfer_to_number", "t1", { transfer_number: "+4930123" }));
    const call = await carrier.call(0);
    await call.saw("ACK");
    target.talk(audioPort(call.invites[0]?.body ?? ""), null);
    const result = await nextOf(agent, (text) => text.includes("client_tool_result"));
    expect(JSON.parse(result)).toMatchObject({ tool_call_id: "t1", is_error: false });
    await heardFor(caller.media, TARGET_HZ);
    await heardFor(target, CALLER_HZ);
    await caller.hangUp();
    await call.saw("BYE");
  });

  it("of Twilio, as the example in the documentation, greets a caller over SRTP, echoes, and takes only signed connections", async () => {
    const probe = await startExample("twilio.mjs", { AUTH_TOKEN: TOKEN, PUBLIC_URL: "x" });
    const refused = await placeCall(trunkline, [await numberOf(`ws://127.0.0.1:${probe}/`)]);
    expect(refused.report).toMatchObject({ ok: false, status: 480 });

    const server = await startTextAgent();
    const freeUrl = new URL(server.url);
    await server[Symbol.asyncDispose]();
    const url = `ws://127.0.0.1:${freeUrl.port}/stream`;
    await startExample("twilio.mjs", { PORT: freeUrl.port, AUTH_TOKEN: TOKEN, PUBLIC_URL: url });
    const call = await placeCall(trunkline, [await numberOf(url)]);
    expect(call.report).toMatchObject({
      ok: true,
      heard_agent: true,
      echo_ok: true,
      srtp: "AES_CM_128_HMAC_SHA1_80",
    });
  });

  it("of OpenAI Realtime, as the example in the documentation, greets a caller over SRTP and echoes", async () => {
    const port = await startExample("openai.mjs", { API_KEY: TOKEN });
    const url = `ws://127.0.0.1:${port}/v1/realtime`;
    const call = await placeCall(trunkline, [await numberOf(url, "openai")]);
    expect(call.report).toMatchObject({ ok: true, heard_agent: true, echo_ok: true });
  });

  it("of OpenAI Realtime is told keys, has the caller transferred, is told that it was declined, and hangs up", async () => {
    await using server = await startTextAgent();
    const phoneNumber = await numberOf(`${server.url}/v1/realtime`, "openai");
    const accepted = server.accepted();
    const calling = callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
    const agent = await accepted;
    expect(agent.request.url).toBe("/v1/realtime?model=gpt-realtime");
    const { say, speak, find } = observeRealtime(agent);
    say(sessionCreated());
    await find("session.update");
    say(sessionUpdated({ type: "realtime" }));
    await using caller = await calling;
    await find("response.create");
    speak("1", 1_000);
    const refer = { destination: "+4930123", method: "refer" };
    say(responseDone("resp_1", "completed", [functionCall("transfer_call", "call_1", refer)]));
    press(caller, "5");
    const [key] = await find("conversation.item.create");
    expect(key?.item).toMatchObject({ content: [{ text: "The caller pressed 5 on the keypad." }] });
    const request = await caller.next("REFER");
    expect(request.header("Refer-To")).toContain("+4930123");
    caller.reply(request, "603 Decline");
    const items = await find("conversation.item.create", 2);
    expect(items[1]?.item).toMatchObject({
      call_id: "call_1",
      output: expect.stringContaining(`"status":"failed"`),
    });
    const before = caller.media.heard().length;
    speak("2", 1_000);
    say(responseDone("resp_2", "completed", [functionCall("end_call", "call_2", {})]));
    caller.reply(await caller.next("BYE"));
    expectTone(caller.media.heard().subarray(before), AGENT_HZ, { leastMs: 800 });
  });

  it("of Twilio hears the caller and is heard, is told keys, is cut off within 60 ms of its clear, and hangs up by closing", async () => {
    await using server = await startTextAgent();
    const url = `${server.url}/`;
    const phoneNumber = await numberOf(url);
    const accepted = server.accepted();
    await using caller = await callIn(trunkline.sipPort, phoneNumber, CALLER_HZ);
    const agent = await accepted;
    const told = collect(agent);
    const opening = [
      JSON.parse(String(await agent.next())),
      JSON.parse(String(await agent.next())),
    ];
    const [connected, { start, streamSid }] = opening;
    expect(connected).toEqual({ event: "connected", protocol: "Call", version: "1.0.0" });
    expect(agent.request.headers["x-twilio-signature"]).toBe(
      createHmac("sha1", TOKEN).update(url).digest("base64"),
    );
    const parameters = start.customParameters;
    expect(parameters.system__called_number).toBe(phoneNumber);

    const say = (message: object) => agent.say({ ...message, streamSid });
    say({ event: "media", media: { payload: tone(1) } });
    say({ event: "mark", mark: { name: "first" } });
    await told.first("mark");
    expectTone(caller.media.heard(), AGENT_HZ, { leastMs: 800 });
    press(caller, "5");
    expect(await told.first("dtmf")).toMatchObject({
      message: { streamSid, dtmf: { track: "inbound_track", digit: "5" } },
    });

    // Barge-in: of ten seconds one is heard, and everything that waited comes back.
    say({ event: "media", media: { payload: tone(10) } });
    say({ event: "mark", mark: { name: "second" } });
    say({ event: "mark", mark: { name: "third" } });
    const beganAtMs = performance.now();
    await caller.media.speechAfter(beganAtMs + 1_000);
    expect(told.of("mark")).toHaveLength(1);
    const clearedAtMs = performance.now();
    say({ event: "clear" });
    const marks = await eventually(
      () => (told.of("mark").length === 3 ? told.of("mark") : null),
      5_000,
      "the marks did not come back",
    );
    const names = marks.map(({ message }) => message.mark?.name);
    expect(names).toEqual(["first", "second", "third"]);
    await caller.media.heardAfter(clearedAtMs + 500);
    const { arrived } = caller.media;
    const lastSpoken = arrived.findLast(({ isSilent }) => !isSilent);
    expect((lastSpoken?.atMs ?? 0) - clearedAtMs).toBeLessThan(60);

    const heard = told
      .of("media")
      .map(({ message }) => Buffer.from(message.media?.payload ?? "", "base64"));
    const codes = Buffer.concat(heard);
    const { decodeTable } = G711_CODECS.PCMU;
    const pcm = Int16Array.from(codes, (code) => decodeTable[code] ?? 0);
    expectTone(pcm, CALLER_HZ, { leastMs: 2_000 });

    agent.socket.close(1000);
    caller.reply(await caller.next("BYE"));
    const id = parameters.system__conversation_id;
    const done = await conversationWhen(api, id, "done");
    expect(done.end.code).toBe("agent_hung_up");
  });
});

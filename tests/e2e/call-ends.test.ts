import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallEndCode } from "../../media-node/call/call-ends.ts";
import { parseChallenges, writeCredentials } from "../../media-node/protocol/sip/digest.ts";
import type { CallRecord } from "../../schema/contracts/call-record.ts";
import { importSealingKey, seal } from "../../schema/sealing/sealing.ts";
import { SoakedNode } from "../load/soaked-node.ts";
import { eventually } from "../support/deadline.ts";
import { OutboundPlane } from "../support/outbound-plane.ts";
import {
  agentRow,
  newWorkspaceId,
  numberRow,
  type RoutingRowValue,
  trunkRow,
} from "../support/routing-rows.ts";
import { type ScriptedAgent, startScriptedAgent } from "../support/scripted-agent.ts";
import {
  connectSipPeer,
  type SipPeer,
  type SipText,
  sdpOffer,
  sipRequest,
} from "../support/sip-peer.ts";

/** The rows of CALL_ENDS that a caller or an agent can cause, on a whole node whose time the test moves. */

const PATIENCE_MS = 10_000;
/** Longer than 64*T1, in which the ACK of a 2xx has to come. */
const ACK_LIMIT_MS = 33_000;
const FIRST_PACKET_MS = 60_000;
const MAX_DURATION_S = 12;
const STRANGER = "127.0.0.77";
const KEY = createHash("sha256").update("not what was offered").digest("base64").slice(0, 40);

let plane: OutboundPlane;
let node: SoakedNode;
let agent: ScriptedAgent;
const records = new Map<string, CallRecord>();
let links = 0;

/** What a test changes of a number that anybody at 127.0.0.1 may call. */
interface NumberChanges {
  readonly trunk?: Parameters<typeof trunkRow>[1];
  readonly agent?: Parameters<typeof agentRow>[1] | null;
}

let numbers = 0;
function importNumber(changes: NumberChanges = {}, user?: string): string {
  numbers += 1;
  const called = user ?? `+1500555${String(numbers).padStart(4, "0")}`;
  const workspaceId = newWorkspaceId();
  const connection = { protocol: "native", url: agent.url, headers: null } as never;
  const agentOf =
    changes.agent === null ? null : agentRow(workspaceId, { connection, ...changes.agent });
  const trunk = trunkRow(workspaceId, { allowedAddresses: ["127.0.0.1"], ...changes.trunk });
  const number = numberRow(called, { workspaceId, trunk, agent: agentOf });
  put([...(agentOf === null ? [] : [agentOf]), trunk, number]);
  return called;
}

function put(rows: readonly RoutingRowValue[]): void {
  for (const { kind, entityId, value } of rows) plane.plane.put(kind, entityId, value);
}

beforeAll(async () => {
  plane = await OutboundPlane.start();
  plane.plane.on("events", (events) => {
    for (const event of events) {
      if (event.kind === "call_ended") records.set(event.call.sipCallId ?? "", event.call);
    }
  });
  plane.plane.on("linked", () => {
    links += 1;
  });
  agent = await startScriptedAgent();
  node = await SoakedNode.start({
    ...plane.environment,
    TRUNKLINE_MEDIA_FIRST_PACKET_MS: String(FIRST_PACKET_MS),
  });
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await agent[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

async function advance(byMs: number): Promise<void> {
  const before = links;
  await node.advance(byMs);
  // Longer than the hub may be silent: the node links again.
  if (byMs < 30_000) return;
  await eventually(() => (links > before ? true : null), PATIENCE_MS, "it did not link again");
}

const statusOf = ({ startLine }: SipText): string => startLine.split(" ")[1] ?? "";

/** One call as its caller sees it, up to the final response. */
async function invite(
  peer: SipPeer,
  user: string,
  options: { offer?: string; headers?: string[]; from?: string; fromUser?: string } = {},
) {
  const uri = `sip:${user}@127.0.0.1:${node.sipPort};transport=tcp`;
  const {
    from = "127.0.0.1",
    offer = sdpOffer(40_000),
    headers = [],
    fromUser = "+49301",
  } = options;
  const ids = { callId: randomUUID(), fromTag: "caller", branch: `z9hG4bK${randomUUID()}` };
  const base = { uri, peer, localAddress: from, fromUser, ...ids };
  peer.send(sipRequest({ ...base, method: "INVITE", headers, body: offer }));
  let final = await peer.next("SIP/2.0");
  while (statusOf(final).startsWith("1")) final = await peer.next("SIP/2.0");
  const toTag = /tag=([^;>\s]+)/.exec(final.header("To"))?.[1] ?? "";
  const inDialog = (method: string, cseq: number) => {
    const target = /<([^>]+)>/.exec(final.header("Contact"))?.[1] ?? uri;
    const { branch: _branch, ...rest } = base;
    peer.send(sipRequest({ ...rest, uri: target, method, cseq, toTag }));
  };
  if (statusOf(final) !== "200") peer.send(sipRequest({ ...base, method: "ACK", toTag }));
  return { final, status: statusOf(final), callId: ids.callId, inDialog };
}

/** A call that an agent has taken, and that its caller has acknowledged. */
async function answered(peer: SipPeer, user: string) {
  const accepting = agent.accepted();
  const calling = invite(peer, user);
  const socket = await accepting;
  await socket.next();
  socket.say({ type: "ready" });
  const call = await calling;
  expect(call.status).toBe("200");
  call.inDialog("ACK", 1);
  expect(await socket.next()).toEqual({ type: "answered" });
  return { ...call, agent: socket };
}

const endOf = (callId: string): Promise<CallEndCode> =>
  eventually(
    () => (records.get(callId)?.end.code as CallEndCode | undefined) ?? null,
    PATIENCE_MS,
    "no record",
  );

async function refused(code: CallEndCode): Promise<number> {
  const text = await (await fetch(`${node.admin}/metrics`)).text();
  return Number(new RegExp(`calls_refused_total{end="${code}"} (\\d+)`).exec(text)?.[1] ?? 0);
}

async function answerBye(peer: SipPeer): Promise<SipText> {
  const bye = await peer.next("BYE");
  const copied = ["Via", "From", "To", "Call-ID", "CSeq"].map(
    (name) => `${name}: ${bye.header(name)}`,
  );
  peer.send(["SIP/2.0 200 OK", ...copied, "Content-Length: 0", "", ""].join("\r\n"));
  return bye;
}

const savp = (line: string): string => sdpOffer(40_000, { profile: "RTP/SAVP", lines: [line] });

interface Refusal {
  readonly code: CallEndCode;
  readonly status: string;
  /** Puts the rows; the number to dial. */
  readonly number: () => string;
  readonly offer?: string;
}

const REFUSALS: readonly Refusal[] = [
  { code: "no_agent_assigned", status: "480", number: () => importNumber({ agent: null }) },
  {
    code: "number_ambiguous",
    status: "404",
    number() {
      importNumber({}, "+15005558001");
      return importNumber({}, "+15005558001");
    },
  },
  {
    code: "source_not_allowed",
    status: "403",
    number: () => importNumber({ trunk: { allowedAddresses: ["192.0.2.1"] } }),
  },
  {
    code: "caller_not_allowed",
    status: "403",
    number: () => importNumber({ trunk: { allowedNumbers: ["+4940"] as never } }),
  },
  {
    code: "encryption_required",
    status: "488",
    number: () => importNumber({ trunk: { mediaEncryption: "required" } }),
  },
  {
    code: "encryption_not_accepted",
    status: "488",
    number: () => importNumber({ trunk: { mediaEncryption: "disabled" } }),
    offer: savp(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`),
  },
  {
    code: "no_common_crypto",
    status: "488",
    number: () => importNumber(),
    offer: savp(`a=crypto:1 F8_128_HMAC_SHA1_80 inline:${KEY}`),
  },
  {
    code: "no_common_codec",
    status: "488",
    number: () => importNumber(),
    offer: sdpOffer(40_000, { formats: "18" }),
  },
  {
    code: "no_audio",
    status: "488",
    number: () => importNumber(),
    offer: sdpOffer(40_000).replace("m=audio", "m=video"),
  },
  {
    code: "malformed_request",
    status: "400",
    number: () => importNumber(),
    offer: "v=0\r\nno description\r\n",
  },
];

describe("an INVITE is refused", () => {
  const dialled = new Map<CallEndCode, string>();
  beforeAll(async () => {
    for (const { code, number } of REFUSALS) dialled.set(code, number());
    plane.plane.say({ type: "pull" });
    await plane.applied();
  });

  it.each(REFUSALS)(
    "as $code with $status, and leaves no port",
    async ({ code, status, offer }) => {
      await using peer = await connectSipPeer(node.sipPort);
      const before = await refused(code);
      const call = await invite(
        peer,
        dialled.get(code) ?? "",
        offer === undefined ? {} : { offer },
      );
      expect(call.status).toBe(status);
      expect(await refused(code)).toBe(before + 1);
      expect((await node.metrics()).get("calls_active")).toBe(0);
    },
  );
});

describe("with an agent", () => {
  let number = "";
  let short = "";
  let unreachable = "";
  beforeAll(async () => {
    number = importNumber({ agent: { transferDestinations: ["+49*"] as never } });
    short = importNumber({ agent: { maxDurationSecs: MAX_DURATION_S } });
    const connection = { protocol: "native", url: "ws://127.0.0.1:9/", headers: null } as never;
    unreachable = importNumber({ agent: { connection } });
    plane.plane.say({ type: "pull" });
    await plane.applied();
  });

  it("that nobody reaches, a call is refused as agent_unavailable", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const call = await invite(peer, unreachable);
    expect(call.status).toBe("480");
    expect(await endOf(call.callId)).toBe("agent_unavailable");
  });

  it("that says hangup, a call ends as agent_hung_up", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const call = await answered(peer, number);
    call.agent.say({ type: "hangup" });
    await answerBye(peer);
    expect(await endOf(call.callId)).toBe("agent_hung_up");
  });

  it("that the node cuts off in mid-call, a call ends as agent_lost and its BYE says 480", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const call = await answered(peer, number);
    // An agent that is merely gone is waited for: media-node/bridge/agent-killed.test.ts.
    for (let i = 0; i < 20; i++) call.agent.say("not the protocol");
    expect((await answerBye(peer)).header("Reason")).toContain("cause=480");
    expect(await endOf(call.callId)).toBe("agent_lost");
  });

  it("that transfers the caller by REFER, a call ends as transferred once the target has answered", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const call = await answered(peer, number);
    call.agent.say({ type: "transfer", destination: "+4930123", method: "refer" });
    const refer = await peer.next("REFER");
    expect(refer.header("Refer-To")).toContain("+4930123");
    const copied = ["Via", "From", "To", "Call-ID", "CSeq"].map(
      (name) => `${name}: ${refer.header(name)}`,
    );
    peer.send(["SIP/2.0 202 Accepted", ...copied, "Content-Length: 0", "", ""].join("\r\n"));
    const body = "SIP/2.0 200 OK\r\n";
    peer.send(
      [
        `NOTIFY ${/<([^>]+)>/.exec(call.final.header("Contact"))?.[1]} SIP/2.0`,
        `Via: SIP/2.0/TCP 127.0.0.1:${peer.localPort};branch=z9hG4bK${randomUUID()}`,
        "Max-Forwards: 70",
        `From: ${refer.header("To")}`,
        `To: ${refer.header("From")}`,
        `Call-ID: ${call.callId}`,
        "CSeq: 7 NOTIFY",
        `Contact: <sip:peer@127.0.0.1:${peer.localPort};transport=tcp>`,
        "Event: refer",
        "Subscription-State: terminated;reason=noresource",
        "Content-Type: message/sipfrag",
        `Content-Length: ${body.length}`,
        "",
        body,
      ].join("\r\n"),
    );
    await answerBye(peer);
    expect(await endOf(call.callId)).toBe("transferred");
  });

  it("a call that lasts as long as it may ends as max_duration", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const call = await answered(peer, short);
    await advance((MAX_DURATION_S + 1) * 1_000);
    await answerBye(peer);
    expect(await endOf(call.callId)).toBe("max_duration");
  });

  it("a caller who never sends a packet ends as media_timeout, whose BYE says 408", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const call = await answered(peer, number);
    await advance(FIRST_PACKET_MS + 1_000);
    expect((await answerBye(peer)).header("Reason")).toContain("cause=408");
    expect(await endOf(call.callId)).toBe("media_timeout");
  });

  it("a caller who never acknowledges the 200 ends as ack_timeout", async () => {
    await using peer = await connectSipPeer(node.sipPort);
    const accepting = agent.accepted();
    const calling = invite(peer, number);
    const socket = await accepting;
    await socket.next();
    socket.say({ type: "ready" });
    const { callId, status } = await calling;
    expect(status).toBe("200");
    await advance(ACK_LIMIT_MS);
    expect(await endOf(callId)).toBe("ack_timeout");
  });
});

it("a source that guesses passwords is told 403 without a look at the next, as digest_throttled", async () => {
  const [key] = plane.plane.regionKeys;
  if (key === undefined) throw new Error("no key");
  const sealing = await importSealingKey(key.keyId, key.bytes);
  const workspaceId = newWorkspaceId();
  const row = agentRow(workspaceId);
  const trunk = trunkRow(workspaceId);
  const password = await seal(sealing, "open sesame", `${workspaceId}/${trunk.entityId}/password`);
  const secured = {
    ...trunk,
    value: { ...(trunk.value as object), credentials: { username: "pbx", password } },
  };
  const number = numberRow("+15005558002", { workspaceId, trunk: secured, agent: row });
  put([row, secured, number]);
  plane.plane.say({ type: "pull" });
  await plane.applied();

  const before = await refused("digest_throttled");
  const guess = async (secret: string): Promise<string> => {
    await using peer = await connectSipPeer(node.sipPort, STRANGER);
    const asked = await invite(peer, "+15005558002", { from: STRANGER });
    const [challenge] = parseChallenges([asked.final.header("WWW-Authenticate")]);
    if (challenge === undefined) throw new Error(`no challenge: ${asked.status}`);
    const uri = `sip:+15005558002@127.0.0.1:${node.sipPort};transport=tcp`;
    const proof = { username: "pbx", password: secret, method: "INVITE", uri, body: "" };
    const credentials = writeCredentials(challenge, { ...proof, cnonce: "0a4f113b", nc: 1 });
    const headers = [`Authorization: ${credentials}`];
    return (await invite(peer, "+15005558002", { from: STRANGER, headers })).status;
  };
  for (let tries = 0; tries < 5; tries += 1) expect(await guess(`wrong ${tries}`)).toBe("403");
  expect(await refused("digest_throttled")).toBe(before);
  expect(await guess("open sesame")).toBe("403");
  expect(await refused("digest_throttled")).toBe(before + 1);
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { handlers } from "../../media-node/drachtio/test-node.ts";
import { answerWithBaresip, hasBaresip } from "../support/baresip.ts";
import { eventually } from "../support/deadline.ts";
import { freePort } from "../support/free-port.ts";
import { type Kamailio, startKamailio, whyNoKamailio } from "../support/kamailio.ts";
import { callThrough, reoffers } from "../support/proxied-call.ts";
import {
  type PeerFiles,
  type ProxiedNode,
  startProxiedNode,
  writePeerFiles,
} from "../support/proxied-node.ts";
import { sdpOffer } from "../support/sip-peer.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing = whyNoKamailio() ?? (hasBaresip() ? null : "Debian's baresip-core is not installed");

describe.skipIf(skipsFor(missing)).each([
  { name: "a record-routing Kamailio", hidesTopology: false },
  { name: "a Kamailio that hides the topology", hidesTopology: true },
])(suiteName("through $name", missing), ({ hidesTopology }) => {
  let files: PeerFiles;
  let proxy: Kamailio;
  beforeAll(async () => {
    files = await writePeerFiles();
    proxy = await startKamailio({ hidesTopology, tls: files });
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await files[Symbol.asyncDispose]();
  });

  test("our BYE of an inbound call follows both Record-Routes of a change from TCP to TLS (RFC 3261 §12.1.1, §16.6)", async () => {
    const node = await startProxiedNode(files);
    const { peer, dialog, contact } = await callThrough(proxy, node, "tls");
    const invite = await node.message("in", "INVITE");
    const recordRoute = invite.headers("Record-Route");
    expect(recordRoute).toHaveLength(2);
    expect(recordRoute[0]).toMatch(`sip:127.0.0.1:${proxy.tlsPort};transport=tls;r2=on;lr`);

    const ending = dialog.bye({ cause: 200, text: "done" });
    const bye = await peer.next("BYE");
    peer.reply(bye, "200 OK");
    await ending;
    const sent = await node.message("out", "BYE");
    const target = /<([^>]+)>/.exec(invite.header("Contact"))?.[1];
    expect(sent.startLine).toBe(`BYE ${target} SIP/2.0`);
    expect(sent.headers("Route")).toEqual(recordRoute);
    expect((await node.message("in", "SIP/2.0 200")).header("CSeq")).toContain("BYE");
    // What the proxy makes of it: its own two routes are gone, and the caller's Contact is left.
    const relayed = await proxy.saw("BYE");
    expect(relayed.transport).toBe("tls");
    expect(bye.startLine).toBe(`BYE ${contact} SIP/2.0`);
    expect(bye.headers("Route")).toEqual([]);
    if (!hidesTopology) {
      expect(target).toBe(contact);
      return;
    }
    expect(
      node
        .messages("in", "")
        .map(({ text }) => text)
        .join(),
    ).not.toContain(contact);
    expect(peer.rawText).not.toContain(`:${node.tlsPort}`);
  });

  test("a caller's hold and its BYE arrive in the dialog, and each is answered along the way it came", async () => {
    const node = await startProxiedNode(files);
    const { peer, dialog, send } = await callThrough(proxy, node, "tls");
    const told = handlers({ reoffer: reoffers([]) });
    dialog.attach(told);
    send("INVITE", 2, sdpOffer(9, { lines: ["a=sendonly"] }));
    await peer.next("SIP/2.0 100");
    const held = await peer.next("SIP/2.0 200");
    expect(held.body).toContain("a=recvonly");
    send("ACK", 2);
    send("BYE", 3);
    await peer.next("SIP/2.0 200");
    expect(await told.whenEnded()).toMatchObject({ by: "peer" });
  });

  test("over UDP our BYE goes to the proxy's route, and a caller's to our Contact", async () => {
    const node = await startProxiedNode(files);
    const ours = await callThrough(proxy, node, "udp");
    const ending = ours.dialog.bye({ cause: 200, text: "done" });
    ours.peer.reply(await ours.peer.next("BYE"), "200 OK");
    await ending;
    const relayed = await proxy.saw("BYE", ({ transport }) => transport === "udp");
    expect(relayed.sourcePort).toBe(node.udpPort);
    expect(relayed.headers("Route")[0]).toMatch(`sip:127.0.0.1:${proxy.udpPort};r2=on;lr`);
    const theirs = await callThrough(proxy, node, "udp");
    const told = handlers();
    theirs.dialog.attach(told);
    theirs.send("BYE", 2);
    expect((await theirs.peer.next("SIP/2.0 200")).header("CSeq")).toBe("2 BYE");
    expect(await told.whenEnded()).toMatchObject({ by: "peer" });
  });

  /** Our call over TLS by way of the proxy to a phone on TCP. */
  async function callPhone(node: ProxiedNode) {
    const sipPort = await freePort();
    const phone = await answerWithBaresip({
      folder: join(files.folder, `phone-${sipPort}`),
      sipPort,
      transport: "tcp",
      srtp: false,
      toneHz: 437,
      caFile: files.caFile,
    });
    onTestFinished(() => phone.hangUp());
    const outcome = await node.dialer.invite({
      requestUri: `sip:caller@127.0.0.1:${sipPort};transport=tcp`,
      nextHop: `sip:localhost:${proxy.tlsPort};transport=tls`,
      from: "<sip:+15005550100@127.0.0.1>",
      to: "<sip:caller@127.0.0.1>",
      headers: { "X-Next-Hop": `sip:127.0.0.1:${sipPort};transport=tcp` },
      sdp: sdpOffer(9),
      signal: new AbortController().signal,
    });
    if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
    const offers: string[] = [];
    const told = handlers({ reoffer: reoffers(offers) });
    outcome.dialog.attach(told);
    return { phone, sipPort, told, offers, dialog: outcome.dialog };
  }

  test("our ACK and BYE of an outbound call take the reversed Record-Routes of its 200 (RFC 3261 §12.1.2)", async () => {
    const node = await startProxiedNode(files);
    const { phone, sipPort, dialog } = await callPhone(node);
    const ok = node.messages("in", "SIP/2.0 200").at(0);
    const recordRoute = ok?.headers("Record-Route") ?? [];
    expect(recordRoute).toHaveLength(2);
    const target = /<([^>]+)>/.exec(ok?.header("Contact") ?? "")?.[1];
    const ack = await node.message("out", "ACK");
    expect(ack.startLine).toBe(`ACK ${target} SIP/2.0`);
    expect(ack.headers("Route")).toEqual(recordRoute.toReversed());
    await dialog.bye({ cause: 200, text: "done" });
    const bye = await node.message("out", "BYE");
    expect(bye.startLine).toBe(`BYE ${target} SIP/2.0`);
    expect(bye.headers("Route")).toEqual(recordRoute.toReversed());
    await phone.said("session closed");
    expect(hidesTopology).toBe(!ok?.text.includes(`:${sipPort}`));
  });

  test("baresip's hold, resume and BYE of an outbound call arrive in the dialog", async () => {
    const node = await startProxiedNode(files);
    const { phone, told, offers } = await callPhone(node);
    await phone.command("hold");
    await eventually(() => offers[0] ?? null, 5_000, "no hold arrived");
    await phone.command("resume");
    await eventually(() => offers[1] ?? null, 5_000, "no resume arrived");
    await phone.command("hangup");
    expect(await told.whenEnded()).toMatchObject({ by: "peer" });
    expect(offers.map((offer) => /a=(send|recv|inactive)\w*/.exec(offer)?.[0])).toEqual([
      "a=sendonly",
      "a=sendrecv",
    ]);
  });
});

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { handlers } from "../../media-node/drachtio/test-node.ts";
import { ScriptedPeer } from "../../media-node/engine/scripted-peer.ts";
import { requestLines } from "../../media-node/engine/test-engine.ts";
import { eventually } from "../support/deadline.ts";
import { type Kamailio, startKamailio, whyNoKamailio } from "../support/kamailio.ts";
import { callThrough } from "../support/proxied-call.ts";
import {
  type PeerFiles,
  type ProxiedNode,
  startProxiedNode,
  writePeerFiles,
} from "../support/proxied-node.ts";
import { sdpOffer } from "../support/sip-peer.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startTcpRelay, type TcpRelay } from "../support/tcp-relay.ts";

const missing = whyNoKamailio();

describe.skipIf(skipsFor(missing))(
  suiteName("when the connection between Kamailio and the node is cut", missing),
  () => {
    let files: PeerFiles;
    let proxy: Kamailio;
    beforeAll(async () => {
      files = await writePeerFiles();
      proxy = await startKamailio({ tls: files });
    });
    afterAll(async () => {
      await proxy[Symbol.asyncDispose]();
      await files[Symbol.asyncDispose]();
    });

    async function relayTo(port: () => number): Promise<TcpRelay> {
      const relay = await startTcpRelay(port);
      onTestFinished(() => relay[Symbol.asyncDispose]());
      return relay;
    }

    /** A node that is reached by nothing but a relay. */
    async function relayedNode(transport: "tcp" | "tls") {
      let port = 0;
      const relay = await relayTo(() => port);
      const node = await startProxiedNode(files, { [transport]: relay.port });
      port = transport === "tls" ? node.tlsPort : node.tcpPort;
      return { node, relay };
    }

    /** A call that came by a connection which is gone since. */
    async function cutCall(transport: "tcp" | "tls") {
      const { node, relay } = await relayedNode(transport);
      const call = await callThrough(proxy, node, transport, relay.port);
      expect(relay.connections).toBe(1);
      await relay.cut();
      return { node, relay, ...call };
    }

    test.each([
      { transport: "tcp", proves: "nothing" },
      { transport: "tls", proves: "the name that its client certificate has shown" },
    ] as const)(
      "our BYE of a call that came in over $transport goes by a new connection that proves $proves",
      async ({ transport }) => {
        const { node, peer, dialog } = await cutCall(transport);
        const ending = dialog.bye({ cause: 200, text: "done" });
        const bye = await peer.next("BYE");
        peer.reply(bye, "200 OK");
        await ending;
        await answered(node, "BYE");
      },
    );

    test.each(["tcp", "tls"] as const)(
      "the caller's BYE over %s comes by a new one, and is answered 200",
      async (transport) => {
        const { node, relay, peer, dialog, send } = await cutCall(transport);
        const told = handlers();
        dialog.attach(told);
        send("BYE", 2);
        const ok = await peer.next("SIP/2.0 200");
        expect(ok.header("CSeq")).toBe("2 BYE");
        expect(await told.whenEnded()).toMatchObject({ by: "peer" });
        expect(relay.connections).toBe(1);
        expect((await node.message("in", "BYE")).header("Via")).toContain(transport.toUpperCase());
      },
    );

    test.each([
      { status: 200, transport: "tcp" },
      { status: 480, transport: "tcp" },
      { status: 480, transport: "tls" },
    ] as const)(
      "the $status to an INVITE over $transport goes to the sent-by of its Via (RFC 3261 §18.2.2)",
      async ({ status, transport }) => {
        const { node, relay } = await relayedNode(transport);
        const peer = await ScriptedPeer.connect(proxy.tcpPort);
        onTestFinished(() => peer[Symbol.asyncDispose]());
        const nextHop = `sip:127.0.0.1:${relay.port};transport=${transport}`;
        const lines = { "X-Next-Hop": nextHop, "Content-Type": "application/sdp" };
        peer.send(requestLines("INVITE", lines), sdpOffer(9));
        const invite = await node.invited();
        await peer.next("SIP/2.0 100");
        await relay.cut();
        if (status === 200) invite.answer(sdpOffer(9)).catch(() => undefined);
        else await invite.reject("agent_unavailable");
        await peer.next(`SIP/2.0 ${status}`);
      },
    );

    test("our BYE of a call that we placed over TLS proves the proxy's name on a new connection", async () => {
      const node = await startProxiedNode(files);
      const relay = await relayTo(() => proxy.tlsPort);
      const callee = await startProxiedNode(files);
      const placing = node.dialer.invite({
        requestUri: "sip:callee@carrier.test",
        nextHop: `sip:localhost:${relay.port};transport=tls`,
        from: "<sip:+15005550100@127.0.0.1>",
        to: "<sip:callee@carrier.test>",
        headers: { "X-Next-Hop": `sip:127.0.0.1:${callee.tcpPort};transport=tcp` },
        sdp: sdpOffer(9),
        signal: new AbortController().signal,
      });
      const invite = await callee.invited();
      const [outcome, dialog] = await Promise.all([placing, invite.answer(sdpOffer(9))]);
      const told = handlers();
      dialog.attach(told);
      if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome));
      await relay.cut();
      await outcome.dialog.bye({ cause: 200, text: "done" });
      await answered(node, "BYE");
      expect(await told.whenEnded()).toMatchObject({ by: "peer" });
      expect(relay.connections).toBe(0);
    });

    /** The 200 to this request of ours. */
    async function answered(node: ProxiedNode, method: string): Promise<void> {
      await eventually(
        () =>
          node.messages("in", "SIP/2.0 200").find((ok) => ok.header("CSeq").includes(method)) ??
          null,
        5_000,
        `nobody answered our ${method}`,
      );
    }
  },
);

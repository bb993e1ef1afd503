import { createAgentConnector } from "../../media-node/agent/connector.ts";
import { createMediaPorts } from "../../media-node/bridge/call-media.ts";
import type { AgentTarget } from "../../media-node/call/agent-ports.ts";
import { handleInbound } from "../../media-node/call/inbound/inbound.ts";
import type { CallDeps } from "../../media-node/call/ports.ts";
import { systemClock } from "../../media-node/control/system-clock.ts";
import { createMediaPlane } from "../../media-node/media/media-plane.ts";
import type { AgentRoute } from "../../schema/contracts/routing.ts";
import { eventually } from "./deadline.ts";
import { FakeNode, ROUTE } from "./fake-call.ts";
import { FakeInvite } from "./fake-parties.ts";
import { addressPolicy } from "./native-call.ts";
import { audioPort, openRtpPeer, type RtpPeer } from "./rtp-peer.ts";
import { sdpOffer } from "./sip-peer.ts";

/** A call whose media, sockets and agent are real, and whose SIP is not. */
export interface RealMediaCall extends AsyncDisposable {
  readonly node: FakeNode;
  readonly invite: FakeInvite;
  readonly peer: RtpPeer;
  readonly handled: Promise<void>;
  answered(): Promise<void>;
}

interface RealCallOptions {
  readonly target: AgentTarget;
  readonly agent?: Partial<AgentRoute>;
  /** Hz that the caller says. */
  readonly callerHz?: number;
  readonly prepare?: (node: FakeNode) => void;
}

export async function realMediaCall(options: RealCallOptions): Promise<RealMediaCall> {
  const { agent = {}, callerHz = 700, prepare = () => {}, target } = options;
  const node = new FakeNode();
  prepare(node);
  const plane = createMediaPlane({ bindAddress: "127.0.0.1", ports: [0, 0], quarantineMs: 0 });
  const peer = await openRtpPeer(callerHz);
  const invite = new FakeInvite(node.journal, sdpOffer(peer.port, { formats: "0" }));
  const route = { ...ROUTE, agent: { ...ROUTE.agent, ...agent } };
  const media = createMediaPorts({
    audioFiles: { read: (sha256) => node.readAudio(sha256) },
    clock: systemClock,
    agents: createAgentConnector({
      logger: node.logger,
      builtinUrl: () => "",
      addressPolicy,
      connectBudgetMs: 2_000,
    }),
    async openSession() {
      const session = await plane.open();
      if (session === null) return null;
      return { session, address: "127.0.0.1", rtpPort: session.localPort };
    },
  });
  const deps: CallDeps = {
    ...node,
    clock: systemClock,
    media,
    agents: { target: async () => target },
    routes: { lookup: () => ({ kind: "accept", route }) },
  };
  const handled = handleInbound(invite, deps);
  return {
    node,
    invite,
    peer,
    handled,
    async answered() {
      const sdp = await eventually(() => invite.answers[0] ?? null, 5_000, "not answered");
      peer.talk(audioPort(sdp), null);
    },
    async [Symbol.asyncDispose]() {
      await node.calls.endAll("node_shutdown");
      await handled;
      await plane.close();
      await peer[Symbol.asyncDispose]();
    },
  };
}

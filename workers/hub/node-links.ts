import { z } from "zod";
import {
  type HubToNode,
  LINK_PING,
  LINK_PONG,
  LINK_VERSIONS,
  type NodeToHub,
  nodeStateSchema,
  nodeToHubSchema,
} from "../../schema/contracts/node-link.ts";
import type { LinkedNode } from "../../schema/contracts/nodes.ts";

/** What is known of a link; it survives hibernation in the socket's attachment. */
const linkSchema = z.object({
  nodeId: z.string(),
  /** Null until `hello`. */
  bootId: z.string().nullable(),
  /** Of the newest beat. */
  state: nodeStateSchema.nullable(),
  seenAtMs: z.number(),
  /** It has been sent `welcome`: the link is up on its side as well. */
  isWelcome: z.boolean().default(false),
  /** Of its `hello`. */
  abilities: z.array(z.string()).default([]),
  /** Its `hello` said where it takes what others hand on. */
  takesRelay: z.boolean().default(false),
});
type Link = z.infer<typeof linkSchema>;

/** Close codes of the link, in the range for applications (RFC 6455 §7.4.2). */
const CLOSE_BYE = 4000;

/** No beat and no ping for this long: the peer is gone though its socket is not. */
const SILENT_AFTER_MS = 120_000;

/** The hibernating WebSockets of a region's nodes. */
export class NodeLinks {
  readonly #context: DurableObjectState;

  constructor(context: DurableObjectState) {
    this.#context = context;
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair(LINK_PING, LINK_PONG));
  }

  /** Accepts the node's link and ends an older one. Returns the end that goes to the node. */
  accept(nodeId: string, nowMs: number): WebSocket {
    for (const older of this.#context.getWebSockets(nodeId)) this.bye(older, "replaced");
    const { 0: nodeEnd, 1: hubEnd } = new WebSocketPair();
    this.#context.acceptWebSocket(hubEnd, [nodeId]);
    const link: Link = {
      nodeId,
      bootId: null,
      state: null,
      seenAtMs: nowMs,
      isWelcome: false,
      abilities: [],
      takesRelay: false,
    };
    this.save(hubEnd, link);
    return nodeEnd;
  }

  /** Null for a socket that was told to go. */
  read(socket: WebSocket): Link | null {
    const parsed = linkSchema.safeParse(socket.deserializeAttachment());
    return parsed.success ? parsed.data : null;
  }

  save(socket: WebSocket, link: Link): void {
    socket.serializeAttachment(link);
  }

  /** Links that have said `hello`. */
  greeted(): readonly { readonly socket: WebSocket; readonly link: Link }[] {
    return this.#all().filter(({ link }) => link.bootId !== null);
  }

  /** Links that are up on both sides. */
  welcomed(): readonly { readonly socket: WebSocket; readonly link: Link }[] {
    return this.#all().filter(({ link }) => link.isWelcome);
  }

  /** What the newest beats say of the nodes whose links are up. */
  linkedNodes(): readonly LinkedNode[] {
    return this.welcomed().flatMap(({ link: { nodeId, state }, socket }) => {
      if (state === null) return [];
      const { activeCalls, routingVersion } = state;
      const seenAtMs = this.heardAtMs(socket);
      return [{ nodeId, state: state.state, activeCalls, routingVersion, seenAtMs }];
    });
  }

  nodeIds(): readonly string[] {
    return this.#all().map(({ link }) => link.nodeId);
  }

  of(nodeId: string): readonly { readonly socket: WebSocket; readonly link: Link }[] {
    return this.#all(nodeId);
  }

  /** False when the socket has closed under us: its close event follows, and the node polls. */
  send(socket: WebSocket, message: HubToNode): boolean {
    try {
      socket.send(JSON.stringify(message));
      return true;
    } catch {
      return false;
    }
  }

  welcome(socket: WebSocket, message: Extract<HubToNode, { type: "welcome" }>): void {
    const link = this.read(socket);
    if (link !== null && this.send(socket, message))
      this.save(socket, { ...link, isWelcome: true });
  }

  /** To every node that has said `hello`. */
  broadcast(message: HubToNode): void {
    for (const { socket } of this.greeted()) this.send(socket, message);
  }

  bye(socket: WebSocket, code: string): void {
    this.send(socket, { type: "bye", code });
    socket.serializeAttachment(null);
    close(socket, CLOSE_BYE, code);
  }

  closeSilent(nowMs: number): void {
    for (const { socket } of this.#all()) {
      if (nowMs - this.heardAtMs(socket) > SILENT_AFTER_MS) this.bye(socket, "silent");
    }
  }

  /** Of the newest beat or ping. */
  heardAtMs(socket: WebSocket): number {
    const pingedAtMs = this.#context.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(this.read(socket)?.seenAtMs ?? 0, pingedAtMs);
  }

  #all(nodeId?: string): readonly { readonly socket: WebSocket; readonly link: Link }[] {
    return this.#context.getWebSockets(nodeId).flatMap((socket) => {
      const link = this.read(socket);
      return link === null ? [] : [{ socket, link }];
    });
  }
}

/** Null for what no version of ours says. */
export function parseNodeMessage(text: string | ArrayBuffer): NodeToHub | null {
  if (typeof text !== "string") return null;
  try {
    return nodeToHubSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Both ends of a close handshake may close; the second finds it done. */
export function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed already.
  }
}

/** The newest version that both sides speak, or null. */
export function chooseVersion(offered: readonly number[]): number | null {
  const common = LINK_VERSIONS.filter((version) => offered.includes(version));
  return common.length === 0 ? null : Math.max(...common);
}

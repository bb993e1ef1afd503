import {
  type HubToNode,
  hubToNodeSchema,
  type NodeState,
  type NodeToHub,
} from "../../schema/contracts/node-link.ts";
import { request } from "./test-fixture.ts";
import { takeSocket } from "./test-socket.ts";

/** A node's end of the link, message by message, at a real hub. */

export interface TestLink {
  send(message: NodeToHub | string): void;
  /** The next message of this type; the ones before it are dropped. */
  next<T extends HubToNode["type"]>(type: T): Promise<Extract<HubToNode, { type: T }>>;
  nextText(): Promise<string>;
  cut(): void;
  readonly closed: Promise<number>;
}

export async function openLink(credential: string): Promise<TestLink> {
  const response = await request("GET", "/v1/nodes/link", {
    bearer: credential,
    headers: { upgrade: "websocket" },
  });
  const socket = takeSocket(response);
  return {
    cut: socket.cut,
    send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    async next(type) {
      for (;;) {
        const message = hubToNodeSchema.parse(JSON.parse(await socket.nextText()));
        // The comparison proves the type; TypeScript does not narrow by a generic discriminant.
        if (message.type === type) return message as Extract<HubToNode, { type: typeof type }>;
      }
    },
    nextText: socket.nextText,
    closed: socket.closed,
  };
}

export function state(
  epoch: number,
  routingVersion: number,
  routingHash = "0".repeat(64),
): NodeState {
  return { state: "ready", epoch, routingVersion, routingHash, activeCalls: 0 };
}

export function hello(nodeState: NodeState): Extract<NodeToHub, { type: "hello" }> {
  return {
    type: "hello",
    versions: [1],
    bootId: "boot-1",
    softwareVersion: "test",
    state: nodeState,
  };
}

export async function greet(link: TestLink, nodeState = state(0, 0)): Promise<number> {
  link.send(hello(nodeState));
  return (await link.next("welcome")).epoch;
}

import WebSocket from "ws";
import { z } from "zod";
import type { NodeToHub } from "../../../schema/contracts/node-link.ts";
import { hubToNodeSchema, LINK_VERSIONS } from "../../../schema/contracts/node-link.ts";
import { deadline } from "../../support/deadline.ts";

/** The link of a media node without the node behind it: what the hub tells it, and when. */
export interface LinkedNode {
  readonly nodeId: string;
  /** Resolves with `performance.now()` of the moment when it knew the version. */
  reached(version: number): Promise<number>;
  close(): void;
}

const WELCOME_WITHIN_MS = 15_000;
const versionsSchema = z.looseObject({ version: z.number() });

/** Links to the control plane as a node; resolves when it is welcome. */
export async function linkNode(
  baseUrl: string,
  identity: { readonly nodeId: string; readonly credential: string },
): Promise<LinkedNode> {
  const socket = new WebSocket(new URL("/v1/nodes/link", baseUrl.replace(/^http/, "ws")), {
    headers: { authorization: `Bearer ${identity.credential}` },
    perMessageDeflate: false,
  });
  let version = 0;
  let reachedAtMs = 0;
  const waiting = new Map<number, (atMs: number) => void>();
  const welcomed = Promise.withResolvers<void>();
  socket.on("error", welcomed.reject);
  socket.once("close", () => welcomed.reject(new Error("the link was closed")));
  socket.once("open", () => {
    const state = {
      state: "ready" as const,
      epoch: 0,
      routingVersion: 0,
      routingHash: "",
      activeCalls: 0,
    };
    socket.send(
      JSON.stringify({
        type: "hello",
        versions: [...LINK_VERSIONS],
        bootId: identity.nodeId,
        softwareVersion: "bench",
        state,
      } satisfies NodeToHub),
    );
  });
  socket.on("message", (data) => {
    const nowMs = performance.now();
    const message = hubToNodeSchema.safeParse(JSON.parse(String(data))).data;
    if (message?.type === "welcome") welcomed.resolve();
    if (message?.type !== "routing_changed") return;
    const last = versionsSchema.parse(message.changes.at(-1));
    version = last.version;
    reachedAtMs = nowMs;
    for (const [wanted, resolve] of waiting) {
      if (wanted > version) continue;
      waiting.delete(wanted);
      resolve(nowMs);
    }
  });
  await deadline(welcomed.promise, WELCOME_WITHIN_MS, "the node was not welcome");
  return {
    nodeId: identity.nodeId,
    reached(wanted) {
      if (version >= wanted) return Promise.resolve(reachedAtMs);
      return new Promise((resolve) => waiting.set(wanted, resolve));
    },
    close: () => socket.close(),
  };
}

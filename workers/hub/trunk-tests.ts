import {
  TRUNK_TEST_ABILITY,
  type TrunkTestQuestion,
  type TrunkTestStage,
  type TrunkTestToHub,
} from "../../schema/contracts/trunk-test.ts";
import { newId } from "../../schema/values/ids.ts";
import type { NodeLinks } from "./node-links.ts";

/** Longer than the longest stage of a node. */
const SILENT_MS = 45_000;
const MAX_OF_WORKSPACE = 2;
const MAX_OF_REGION = 20;

/** A loop that tests a thousand addresses is a scan, whoever runs it. */
const STARTS_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/** A test that runs, or why none does. */
export type TrunkTestRun =
  | {
      readonly kind: "running";
      readonly testId: string;
      readonly nodeId: string;
      /** One `TrunkTestStage` a line; a last line `null` says that the node has told all of them. */
      readonly stages: ReadableStream<Uint8Array>;
    }
  | { readonly kind: "refused"; readonly failure: "no_node" | "not_supported" | "too_many" };

interface Running {
  readonly nodeId: string;
  readonly workspaceId: string;
  readonly writer: WritableStreamDefaultWriter<Uint8Array>;
  limit: ReturnType<typeof setTimeout>;
}

const encoder = new TextEncoder();

/** Tests of trunks that nodes run for callers of the API. Lost with the object, like who reads them. */
export class TrunkTests {
  readonly #links: NodeLinks;
  readonly #clock: () => number;
  readonly #running = new Map<string, Running>();
  /** By workspace: when its tests of the last minute began. */
  readonly #begun = new Map<string, number[]>();

  constructor(links: NodeLinks, clock: () => number) {
    this.#links = links;
    this.#clock = clock;
  }

  start(question: TrunkTestQuestion): TrunkTestRun {
    const { workspaceId } = question;
    const ready = this.#links.greeted().filter(({ link }) => link.state?.state === "ready");
    if (ready.length === 0) return { kind: "refused", failure: "no_node" };
    const able = ready.filter(({ link }) => link.abilities.includes(TRUNK_TEST_ABILITY));
    const chosen = able[Math.floor(Math.random() * able.length)];
    // A node of before would not answer: it does not know the question.
    if (chosen === undefined) return { kind: "refused", failure: "not_supported" };
    if (!this.#mayStart(workspaceId)) return { kind: "refused", failure: "too_many" };
    const testId = newId("trunkTest");
    const { nodeId } = chosen.link;
    if (!this.#links.send(chosen.socket, { type: "trunk_test", testId, question })) {
      return { kind: "refused", failure: "no_node" };
    }
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    // Whoever reads may go away: the node goes on, and what it tells is dropped.
    writer.closed.catch(() => this.#forget(testId));
    this.#running.set(testId, { nodeId, workspaceId, writer, limit: this.#limit(testId) });
    return { kind: "running", testId, nodeId, stages: readable };
  }

  /** What a node tells of a test that it was not asked for is dropped. */
  heard(nodeId: string, message: TrunkTestToHub): void {
    const running = this.#running.get(message.testId);
    if (running === undefined || running.nodeId !== nodeId) return;
    if (message.type === "trunk_test_stage") {
      clearTimeout(running.limit);
      running.limit = this.#limit(message.testId);
      this.#write(running, message.stage);
      return;
    }
    if (message.outcome === "done") this.#write(running, null);
    this.#end(message.testId);
  }

  /** Its link is gone, and with it whatever it would have told. */
  unlinked(nodeId: string): void {
    for (const [testId, running] of this.#running) {
      if (running.nodeId === nodeId) this.#end(testId);
    }
  }

  #mayStart(workspaceId: string): boolean {
    const nowMs = this.#clock();
    for (const [workspace, times] of this.#begun) {
      const recent = times.filter((atMs) => nowMs - atMs < MINUTE_MS);
      if (recent.length === 0) this.#begun.delete(workspace);
      else this.#begun.set(workspace, recent);
    }
    const begun = this.#begun.get(workspaceId) ?? [];
    const ofWorkspace = [...this.#running.values()].filter(
      (running) => running.workspaceId === workspaceId,
    );
    const isFull = this.#running.size >= MAX_OF_REGION || ofWorkspace.length >= MAX_OF_WORKSPACE;
    if (isFull || begun.length >= STARTS_PER_MINUTE) return false;
    this.#begun.set(workspaceId, [...begun, nowMs]);
    return true;
  }

  #limit(testId: string): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#end(testId), SILENT_MS);
  }

  #write({ writer }: Running, line: TrunkTestStage | null): void {
    writer.write(encoder.encode(`${JSON.stringify(line)}\n`)).catch(() => undefined);
  }

  #end(testId: string): void {
    this.#running
      .get(testId)
      ?.writer.close()
      .catch(() => undefined);
    this.#forget(testId);
  }

  #forget(testId: string): void {
    clearTimeout(this.#running.get(testId)?.limit);
    this.#running.delete(testId);
  }
}

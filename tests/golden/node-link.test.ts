import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  hubToNodeSchema,
  LINK_VERSIONS,
  nodeToHubSchema,
} from "../../schema/contracts/node-link.ts";

/** Frames as each version of the link was first written. A file is never changed: what it holds is out there. */
type Frames = Readonly<Record<"node_to_hub" | "hub_to_node", readonly Record<string, unknown>[]>>;

const framesOf = (version: number): Frames =>
  JSON.parse(readFileSync(new URL(`./node-link-v${version}.json`, import.meta.url), "utf8"));

const newest = Math.max(...LINK_VERSIONS);

test("the newest version and the one before it are served", () => {
  expect(LINK_VERSIONS).toEqual(newest === 1 ? [1] : expect.arrayContaining([newest - 1, newest]));
});

test.each([...LINK_VERSIONS])(
  "every frame of version %i is read, and nothing of it is lost",
  (version) => {
    const { hub_to_node, node_to_hub } = framesOf(version);
    for (const frame of node_to_hub) expect(nodeToHubSchema.parse(frame)).toEqual(frame);
    for (const frame of hub_to_node) expect(hubToNodeSchema.parse(frame)).toEqual(frame);
  },
);

test.each([...LINK_VERSIONS])(
  "a frame of version %i with more in it is read as it was meant",
  (version) => {
    const { hub_to_node, node_to_hub } = framesOf(version);
    const more = { added_later: { by: "a newer one" } };
    for (const frame of node_to_hub)
      expect(nodeToHubSchema.parse({ ...frame, ...more })).toEqual(frame);
    for (const frame of hub_to_node)
      expect(hubToNodeSchema.parse({ ...frame, ...more })).toEqual(frame);
  },
);

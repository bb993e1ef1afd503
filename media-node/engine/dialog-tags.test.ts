import { expect, test } from "vitest";
import { DialogTags } from "./dialog-tags.ts";

const [KEY, NEXT_KEY] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const CALL_ID = "a84b4c76e66710@pc33.example.test";

function tagsOf(nodeId: string, keys: readonly Uint8Array[]): DialogTags {
  const tags = new DialogTags({ nodeId });
  tags.setKeys(keys);
  return tags;
}

test("a node of the region reads another's name from its tag, and of its own none", () => {
  const [one, other] = [tagsOf("node_1", [KEY]), tagsOf("node_2", [KEY])];
  const tag = one.mint(CALL_ID);
  expect(tag).toMatch(/^node_1-[0-9a-f]{16}-[0-9a-f]{16}$/);
  expect(other.otherOwnerOf(tag, CALL_ID)).toBe("node_1");
  expect(one.otherOwnerOf(tag, CALL_ID)).toBeNull();
});

test("a tag that was made up, altered or carried to another call names nobody", () => {
  const [one, other] = [tagsOf("node_1", [KEY]), tagsOf("node_2", [KEY])];
  const tag = one.mint(CALL_ID);
  const foreign = tagsOf("node_1", [NEXT_KEY]).mint(CALL_ID);
  for (const [forged, callId] of [
    [tag, `${CALL_ID}x`],
    [tag.replace("node_1", "node_3"), CALL_ID],
    [tag.replace(/.$/, (last) => (last === "0" ? "1" : "0")), CALL_ID],
    [`node_1-${"0".repeat(16)}-${"0".repeat(16)}`, CALL_ID],
    [foreign, CALL_ID],
    [new DialogTags({ nodeId: "node_1" }).mint(CALL_ID), CALL_ID],
    ["node_1", CALL_ID],
    ["", CALL_ID],
  ] as const) {
    expect(other.otherOwnerOf(forged, callId), forged).toBeNull();
  }
});

test("while the region changes its key, tags of both are read", () => {
  const before = tagsOf("node_1", [KEY]).mint(CALL_ID);
  const after = tagsOf("node_1", [NEXT_KEY, KEY]).mint(CALL_ID);
  const other = tagsOf("node_2", [NEXT_KEY, KEY]);
  for (const tag of [before, after]) expect(other.otherOwnerOf(tag, CALL_ID)).toBe("node_1");
  other.setKeys([NEXT_KEY]);
  expect(other.otherOwnerOf(before, CALL_ID)).toBeNull();
});

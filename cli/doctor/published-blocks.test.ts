import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { testFolder } from "../../tests/support/test-folder.ts";
import type { DoctorStage } from "./examine.ts";
import { inBlocks, readPublishedBlocks } from "./published-blocks.ts";

const FEED = JSON.stringify({
  version: 3,
  prefixes: [
    { prefix: "25.10.20.0/25", services: ["sip", "rtp"], state: "active" },
    { prefix: "2a0f:ffff:0:1::/64", services: ["sip"], state: "active" },
    { prefix: "25.9.0.0/24", services: ["webhook"], state: "active" },
  ],
});

function failedAt(...to: string[]): DoctorStage {
  const protocol = "tcp" as const;
  const allow = { rules: [1], protocol, from: ["your PBX"], to, to_port: 5061 };
  return {
    stage: "tcp",
    status: "failed",
    duration_ms: 1,
    detail: "no answer",
    facts: {},
    warning: null,
    failure: { code: "tcp_timed_out", side: "your_firewall", hint: "Allow it.", allow },
  };
}

test("what has to be allowed is told as the block that is published for it, once", async () => {
  const blocks = await readPublishedBlocks(testFolder().file("ip-ranges.json", FEED));
  const told = (...to: string[]) => inBlocks(failedAt(...to), blocks).failure?.allow?.to;
  expect(told("25.10.20.10", "25.10.20.11")).toEqual(["25.10.20.0/25"]);
  expect(told("2a0f:ffff:0:1::7")).toEqual(["2a0f:ffff:0:1::/64"]);
  // Published for webhooks only, or not at all: as it is.
  expect(told("25.9.0.1", "25.11.0.1")).toEqual(["25.9.0.1", "25.11.0.1"]);
  expect(inBlocks({ ...failedAt(), failure: null }, blocks).failure).toBeNull();
});

test("the feed is read by HTTP too, and what is none is refused with what would be one", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/network/ip-ranges.json") response.end(FEED);
    else response.writeHead(503).end("{}");
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  const origin = `http://127.0.0.1:${port}`;
  expect(await readPublishedBlocks(`${origin}/network/ip-ranges.json`)).toHaveLength(2);
  await expect(readPublishedBlocks(`${origin}/elsewhere`)).rejects.toThrow(/ip-ranges\.json/);
  await expect(readPublishedBlocks("/nowhere")).rejects.toThrow(/--feed/);
  const other = testFolder().file("other.json", "[]");
  await expect(readPublishedBlocks(other)).rejects.toThrow(/is no ip-ranges\.json/);
});

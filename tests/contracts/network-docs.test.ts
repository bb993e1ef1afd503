import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { portRules } from "../../schema/values/port-rules.ts";
import { renderFeed } from "../../workers/network/render-feed.ts";
import { feedDocument } from "../support/feed-document.ts";

const DIRECTIONS = { out: "you to us", in: "we to you", both: "both" } as const;

it("the table of ports for firewall teams is the table of the code, row for row", () => {
  const rows = readFileSync("docs/firewall.md", "utf8")
    .split("\n")
    .filter((line) => /^\| \d+ \|/.test(line));
  const rtpPorts = { first: 10_000, last: 19_999 };
  const rules = portRules({ rtpPorts, isSipUdpOpen: true, isStunOpen: true });
  expect(rows).toEqual(
    rules.map((rule) => {
      const cells = [
        rule.id,
        DIRECTIONS[rule.direction],
        rule.customerSide,
        rule.customerPort,
        rule.service ?? rule.otherSide,
        rule.ourPort,
        rule.protocol.toUpperCase(),
        rule.purpose,
        rule.isRequired ? "always" : "where used",
      ];
      return `| ${cells.join(" | ")} |`;
    }),
  );
});

it("a rule of a port has a number of its own; 11 is only there where UDP is, 12 where STUN is", () => {
  const rtpPorts = { first: 10_000, last: 19_999 };
  const ids = (isSipUdpOpen: boolean) => portRules({ rtpPorts, isSipUdpOpen }).map(({ id }) => id);
  expect(ids(true)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(ids(false)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const stun = portRules({ rtpPorts, isSipUdpOpen: false, isStunOpen: true });
  expect(stun.at(-1)?.id).toBe(12);
});

it("tls.json names the suites that the nodes offer, by their IANA names", async () => {
  const engine = readFileSync("media-node/engine/tls-transport.ts", "utf8");
  const offered = engine.match(/\bTLS_[A-Z0-9_]+_SHA\d+|\bECDHE-[A-Z0-9-]+/g) ?? [];
  const named = offered.map((suite) =>
    suite.startsWith("TLS_")
      ? suite
      : `TLS_${suite
          .replace(/^(ECDHE-[A-Z]+)-/, "$1_WITH_")
          .replace(/AES(\d+)/, "AES_$1")
          .replace(/POLY1305$/, "POLY1305_SHA256")
          .replaceAll("-", "_")}`,
  );
  const files = await renderFeed(feedDocument());
  const tls = JSON.parse(files.find(({ path }) => path === "/network/tls.json")?.body ?? "{}");
  expect(named).toHaveLength(9);
  for (const { ciphers } of tls.endpoints) expect([...ciphers].sort()).toEqual(named.sort());
});

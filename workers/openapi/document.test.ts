import { describe, expect, test } from "vitest";
import { z } from "zod";
import committed from "../../openapi.json" with { type: "json" };
import { VENDOR_OPERATIONS } from "../../schema/contracts/vendor-operations.ts";
import { createApp } from "../app.ts";
import { deps, request } from "../hub/test-fixture.ts";
import { describeApi } from "./document.ts";

/** What nodes ask of the control plane: a contract between our own programs, versioned by the link. */
const BETWEEN_PLANES =
  /^\/v1\/nodes\/(enrol|region-keys|routing|routing\/snapshot|events|sip-messages|echo-reports|audio-files\/.+|webhook-jobs\/.+|test-calls\/.+|link|recordings\/.+)$/;

/** Pages for people, and what the operator's command reads: neither is for clients of the API. */
const UNLISTED = /^\/(console(\/.*)?|v1\/admin\/backup)?$/;

/** They are answered, so that a client of the vendor's hears why, and are nothing that anybody should look for. */
const REFUSED = new Set(
  VENDOR_OPERATIONS.filter(({ state }) => state === "refused").map(
    ({ method, path }) => `${method.toLowerCase()} ${path}`,
  ),
);

const app = createApp(deps);
const document = describeApi(app);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

describe("the OpenAPI document", () => {
  test("has every route but those between the planes", () => {
    const described = new Set(operations.map(({ path, method }) => `${method} ${path}`));
    const missing = app.routes
      .filter(({ method, path }) => method !== "ALL" && !BETWEEN_PLANES.test(path))
      .filter(({ path }) => !UNLISTED.test(path))
      // Every file of the published block is one path.
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/\/\*$/, "/{file}")}`)
      .map((route) => route.replaceAll(/:(\w+)/g, "{$1}"))
      .filter((route) => !described.has(route) && !REFUSED.has(route));
    expect([...new Set(missing)]).toEqual([]);
  });

  test("has the vendor's operations that the table calls supported, and no others in the vendor's paths", () => {
    const vendors = operations.filter(({ path }) => /^\/v1\/(convai|workspace)\//.test(path));
    const supported = VENDOR_OPERATIONS.filter(({ state }) => state === "supported");
    expect(vendors.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(
      supported.map(({ method, path }) => `${method} ${path}`).sort(),
    );
  });

  test("names each operation once, in camel case, and says what it belongs to", () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(names.filter((name) => !/^[a-z]+([A-Z][a-z0-9]*)*$/.test(name))).toEqual([]);
    const known = new Set(document.tags.map(({ name }) => name));
    expect(
      operations.filter(({ operation }) => !operation.tags.every((tag) => known.has(tag))),
    ).toEqual([]);
  });

  test("says of every path behind a key how it is refused: 401, 403, 422, 429, and faults", () => {
    const incomplete = operations.filter(({ operation }) => {
      const isOperators = operation.security?.some((one) => "operatorToken" in one) === true;
      const ofKeys = isOperators ? ["401", "422"] : ["401", "403", "422", "429"];
      const wanted = operation.security?.length === 0 ? [] : ofKeys;
      return ![...wanted, "500", "503"].every((status) => status in operation.responses);
    });
    expect(incomplete.map(({ operation }) => operation.operationId)).toEqual([]);
  });

  test("has no pattern that means something else to a reader without the flag u, or carries a flag in itself", () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text = ""]) => z.string().parse(JSON.parse(text)),
    );
    expect(patterns.length).toBeGreaterThan(20);
    expect(patterns.filter((one) => /\$\/[a-z]+$|\\p\{|\\u\{/i.test(one))).toEqual([]);
  });

  test("describes what is posted to webhooks", () => {
    expect(Object.keys(document.webhooks)).toEqual(
      expect.arrayContaining(["post_call_transcription", "call_initiation_failure"]),
    );
  });

  test("is served as it is committed", async () => {
    const answer = await request("GET", "/openapi.json");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toEqual(committed);
  });
});

describe("the documentation page", () => {
  test("shows every operation, and loads nothing: no script, no other host", async () => {
    const answer = await request("GET", "/docs");
    const page = await answer.text();
    for (const { operation } of operations) expect(page).toContain(`id="${operation.operationId}"`);
    expect(page).not.toMatch(/<script|<img|<link|src=|@import|javascript:/i);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    expect(policy).toContain(btoa(String.fromCharCode(...new Uint8Array(digest))));
  });
});

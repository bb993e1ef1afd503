import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { API_SCOPES } from "../../schema/contracts/api-scopes.ts";

test("the API's page has every scope and says of it what the code says", () => {
  const page = readFileSync(new URL("../../docs/design/api.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z]+:[a-z]+)` \| (.+) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, scope, allows]) => [scope, allows]))).toEqual(API_SCOPES);
});

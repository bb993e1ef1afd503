import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { updateAgentSchema } from "../../schema/contracts/agent.ts";
import { initiationDataSchema } from "../../schema/contracts/client-data.ts";
import { updateSettingsSchema } from "../../schema/contracts/settings.ts";

const document = readFileSync("docs/design/pre-call-webhook.md", "utf8");
const examples = [...document.matchAll(/^```json (\w+)\n(.*?)^```$/gms)].map(
  ([, kind = "", text = ""]) => ({ kind, value: JSON.parse(text) as Record<string, unknown> }),
);
const schemas = {
  settings: updateSettingsSchema,
  agent: updateAgentSchema,
  answer: initiationDataSchema,
} as const;

it.each(Object.entries(schemas))(
  "every example of %s in the document is what the contract takes, member by member",
  (kind, schema) => {
    const mine = examples.filter((example) => example.kind === kind);
    expect(mine.length).toBeGreaterThan(0);
    for (const { value } of mine) expect(schema.parse(value)).toMatchObject(value);
  },
);

it("the table of failures has every outcome that the node counts", () => {
  const code = readFileSync("media-node/call/ports.ts", "utf8");
  const union = /export type PreCallFailure =([^;]*);/.exec(code)?.[1] ?? "";
  const outcomes = [...union.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  expect(outcomes.length).toBeGreaterThan(8);
  const rows = [...document.matchAll(/^\| `(\w+)` \| [^|]*\|$/gm)].map(([, name]) => name);
  // Of a call that has ended nobody waits for an outcome.
  expect(new Set(rows)).toEqual(new Set(outcomes.filter((name) => name !== "aborted")));
});

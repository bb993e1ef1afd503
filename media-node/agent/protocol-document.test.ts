import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { agentToNodeSchema, nodeToAgentSchema } from "../../schema/contracts/agent-socket.ts";
import { conversationIdOf } from "../../schema/values/ids.ts";
import { deadline } from "../../tests/support/deadline.ts";
import { FakeNode } from "../../tests/support/fake-call.ts";
import { tonePower } from "../protocol/audio/tone-analysis.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { confirmationHz } from "./demo-agent.ts";
import { connectNative } from "./native.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const document = readFileSync(`${root}docs/design/agent-protocol.md`, "utf8");

/** The fenced blocks of one language in a part of the document. */
function blocks(language: string, text: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, block]) => block ?? "",
  );
}

function section(title: string): string {
  return document.split(/^## /m).find((part) => part.startsWith(title)) ?? "";
}

function examples(title: string): unknown[] {
  return blocks("json", section(title)).flatMap((block) =>
    block
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  );
}

describe("docs/design/agent-protocol.md", () => {
  test.each([
    ["Messages from the node", nodeToAgentSchema],
    ["Messages to the node", agentToNodeSchema],
  ] as const)(
    "%s: there is one example of every type, and it is what the code accepts",
    (title, schema) => {
      const documented = examples(title).map((example) => schema.parse(example).type);
      expect(documented.toSorted()).toEqual(
        schema.options.map((option) => option.shape.type.value).toSorted(),
      );
    },
  );

  test("every digit of the built-in agent has the pitch of the table", () => {
    const cells = [...section("The built-in agent").matchAll(/\| ([0-9*#A-D]) \| (\d{4}) (?=\|)/g)];
    expect(cells).toHaveLength(16);
    for (const [, digit = "", hz] of cells) expect(confirmationHz(digit)).toBe(Number(hz));
  });

  test("the example works as it stands there: greets, echoes, hangs up on #", async () => {
    const [example = ""] = blocks("js", document);
    const agent = spawn(process.execPath, ["--input-type=module", "-e", example], {
      cwd: root,
      env: { PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(agent, "exit");
    try {
      const lines = createInterface({ input: agent.stdout });
      const [line] = await deadline(once(lines, "line"), 10_000, "the example did not start");
      const port = /^listening on (\d+)$/.exec(String(line))?.[1];
      await useExample(`ws://127.0.0.1:${port}`);
    } finally {
      agent.kill();
      await exited;
    }
  }, 15_000);
});

async function useExample(url: string): Promise<void> {
  const node = new FakeNode();
  const callId = node.newCallId();
  await using connection = await connectNative(
    { url, headers: {}, addressPolicy: createAddressPolicy({ allowLoopback: true }) },
    {
      callId,
      conversationId: conversationIdOf(callId),
      direction: "inbound",
      from: "+4930123456",
      to: "+15005550100",
      dynamicVariables: {},
    },
    AbortSignal.timeout(5_000),
    node.logger,
  );
  const chunks: Int16Array[] = [];
  const greeted = Promise.withResolvers<string>();
  const echoed = Promise.withResolvers<void>();
  const hungUp = Promise.withResolvers<string>();
  connection.attach({
    audio(pcm) {
      chunks.push(pcm);
      if (chunks.length === 2) echoed.resolve();
    },
    clear() {},
    sendDigits: () => false,
    act() {},
    transfer() {},
    transcript() {},
    mark: greeted.resolve,
    hangUp: hungUp.resolve,
    closed() {},
  });
  connection.answered();
  expect(await deadline(greeted.promise, 5_000, "no mark")).toBe("greeting");
  expect(tonePower(chunks[0] ?? new Int16Array(), 8_000, 440)).toBeGreaterThan(10_000_000);

  connection.markReached("greeting", "played", 1_500);
  const frame = new Int16Array(160).fill(77);
  connection.audio(frame);
  await deadline(echoed.promise, 5_000, "no echo");
  expect(chunks[1]).toEqual(frame);

  connection.digit("#", 100);
  await deadline(hungUp.promise, 5_000, "no hang-up");
}

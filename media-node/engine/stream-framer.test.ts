import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_ENGINE_LIMITS } from "./engine-config.ts";
import { type FramerOutput, StreamFramer } from "./stream-framer.ts";

const HEAD = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\n";

function message(body: string): string {
  return `${HEAD}l: ${body.length}\r\n\r\n${body}`;
}

function pushAll(text: string, sizes: readonly number[]): FramerOutput[] {
  const framer = new StreamFramer(DEFAULT_ENGINE_LIMITS);
  const outputs: FramerOutput[] = [];
  let rest = Buffer.from(text, "latin1");
  for (let turn = 0; rest.length > 0; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    outputs.push(...framer.push(rest.subarray(0, size)));
    rest = rest.subarray(size);
  }
  return outputs;
}

test("messages come out whole however the stream is cut, keep-alives between them left out", () => {
  const text = `${message("one")}\r\n\r\n${message("")}\r\n${message("t\r\n\r\nhree")}`;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 }),
      (sizes) => {
        const bodies = pushAll(text, sizes).flatMap((output) =>
          output.kind === "message" ? [Buffer.from(output.message.body).toString("latin1")] : [],
        );
        expect(bodies).toEqual(["one", "", "t\r\n\r\nhree"]);
      },
    ),
  );
});

test("arbitrary octets give outputs, never an exception", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (chunks) => {
      const framer = new StreamFramer(DEFAULT_ENGINE_LIMITS);
      for (const chunk of chunks) framer.push(Buffer.from(chunk));
    }),
  );
});

test("a broken head with a readable length costs one message, not the stream", () => {
  const outputs = pushAll(`OPTIONS sip:a@b\r\nl: 3\r\n\r\nabc${message("ok")}`, [7]);
  expect(outputs.map((output) => output.kind)).toEqual(["malformed", "message"]);
  expect(outputs[0]).toMatchObject({ isFatal: false, error: { status: 400 } });
});

test.for([
  ["no Content-Length", `${HEAD}\r\n`, 400],
  ["a negative Content-Length", `${HEAD}l: -1\r\n\r\n`, 400],
  ["two Content-Lengths that differ", `${HEAD}l: 0\r\nContent-Length: 5\r\n\r\n`, 400],
  ["a body over the limit", `${HEAD}l: 70000\r\n\r\n`, 413],
  ["a header section over the limit", `${HEAD}X: ${"x".repeat(40_000)}`, 413],
] as const)("%s ends the stream", ([, text, status]) => {
  const outputs = pushAll(`${text}${message("never read")}`, [1_000]);
  expect(outputs).toHaveLength(1);
  expect(outputs[0]).toMatchObject({ kind: "malformed", isFatal: true, error: { status } });
});

test("a flood of CRLF in one segment is one ping", () => {
  expect(pushAll("\r\n".repeat(500), [1_000])).toEqual([{ kind: "ping" }]);
});

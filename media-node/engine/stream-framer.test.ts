import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
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

test.for([
  ["a message", HEAD],
  ["a broken message", "OPTIONS sip:a@b\r\n"],
])("%s costs its head once, however its body trickles in", ([, start]) => {
  const head = `${start}l: 1000\r\n\r\n`;
  const framer = new StreamFramer(DEFAULT_ENGINE_LIMITS);
  framer.push(Buffer.from(head));
  const read = vi.spyOn(Buffer.prototype, "toString");
  onTestFinished(() => read.mockRestore());
  for (let sent = 1; sent < 1_000; sent += 1) expect(framer.push(Buffer.from("x"))).toEqual([]);
  expect(read).not.toHaveBeenCalled();
  expect(framer.push(Buffer.from("x"))).toHaveLength(1);
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

test.each([
  ["an HTTP answer", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
  ["a banner that waits for its turn", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["a TLS alert", "\x15\x03\x03\x00\x02\x02\x28"],
  ["a line without an end", "x".repeat(5_000)],
])("%s is told from SIP at once, where SIP is expected", (_what, text) => {
  const framer = new StreamFramer(DEFAULT_ENGINE_LIMITS, { mustBeSip: true });
  expect(framer.push(Buffer.from(text, "latin1"))).toEqual([{ kind: "not_sip" }]);
  expect(framer.push(Buffer.from(message("")))).toEqual([]);
});

test("SIP that arrives byte by byte among keep-alives is SIP, where SIP is expected", () => {
  const framer = new StreamFramer(DEFAULT_ENGINE_LIMITS, { mustBeSip: true });
  const text = `\r\n\r\n${message("one")}\r\n${message("two")}`;
  const kinds = [...text].flatMap((char) => framer.push(Buffer.from(char)).map(({ kind }) => kind));
  expect(kinds.filter((kind) => kind !== "pong")).toEqual(["message", "message"]);
});

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { deadline } from "../tests/support/deadline.ts";
import { skipsFor, suiteName } from "../tests/support/skip.ts";
import type { MediaNodeConfig } from "./config.ts";
import { readBindingSuccess, writeBindingRequest } from "./protocol/stun/binding.ts";
import { startStunService } from "./stun-service.ts";

async function start(nowMs: () => number) {
  // What the service reads of it.
  const sip = { bindAddress: "127.0.0.1" } as MediaNodeConfig["sip"];
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const service = await startStunService({ sip, stunPort: 0 }, { logger, nowMs });
  onTestFinished(() => service[Symbol.asyncDispose]());
  /** Somebody at an address of this machine. */
  return async (address: string) => {
    const socket = createSocket("udp4").bind(0, address);
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    return {
      port: socket.address().port,
      servicePort: service.port ?? 0,
      send: (bytes: Uint8Array) => socket.send(bytes, service.port ?? 0, "127.0.0.1"),
      next: async (): Promise<Buffer> => {
        const [datagram] = await deadline(once(socket, "message"), 5_000, "an answer");
        return datagram;
      },
    };
  };
}

test("tells the asker its own address and port, and nothing that is longer than the question", async () => {
  const { next, port, send } = await (await start(() => 0))("127.0.0.1");
  // 20 octets ask for 32: not answered, like what is no request.
  const bare = writeBindingRequest(randomBytes(12)).slice(0, 20);
  bare[3] = 0;
  send(bare);
  send(Buffer.from("OPTIONS sip:a SIP/2.0\r\n\r\n"));
  const transaction = randomBytes(12);
  const request = writeBindingRequest(transaction);
  send(request);
  const answer = await next();
  expect(readBindingSuccess(answer, transaction)).toEqual({ address: "127.0.0.1", port });
  expect(answer.length).toBeLessThanOrEqual(request.length);
});

test("answers five a second of one source, and again in the next; another source is not held up", async () => {
  let now = 0;
  const from = await start(() => now);
  const [eager, other] = [await from("127.0.0.1"), await from("127.0.0.2")];
  const ask = (asker: typeof eager) => {
    const transaction = randomBytes(12);
    asker.send(writeBindingRequest(transaction));
    return transaction;
  };
  for (let index = 0; index < 5; index += 1) {
    ask(eager);
    await eager.next();
  }
  now = 999;
  ask(eager);
  // One socket reads in order: when this is answered, the one before it was not.
  const asked = ask(other);
  expect(readBindingSuccess(await other.next(), asked)).not.toBeNull();
  now = 1_000;
  const later = ask(eager);
  expect(readBindingSuccess(await eager.next(), later)).not.toBeNull();
});

const rawMissing = process.getuid?.() === 0 ? null : "only root can leave out a source port";

test.skipIf(skipsFor(rawMissing))(
  suiteName(
    "a question without a source port, which anybody can forge, is not answered and harms nobody",
    rawMissing,
  ),
  async () => {
    const { next, send, servicePort } = await (await start(() => 0))("127.0.0.1");
    // RFC 768: a header of our own, port 0 at its front.
    const forge = `
import socket, struct, sys
body = bytes.fromhex(sys.argv[2])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
raw.sendto(struct.pack("!HHHH", 0, int(sys.argv[1]), 8 + len(body), 0) + body, ("127.0.0.1", 0))`;
    const request = Buffer.from(writeBindingRequest(randomBytes(12)));
    execFileSync("python3", ["-c", forge, String(servicePort), request.toString("hex")]);
    const transaction = randomBytes(12);
    send(writeBindingRequest(transaction));
    expect(readBindingSuccess(await next(), transaction)).not.toBeNull();
  },
);

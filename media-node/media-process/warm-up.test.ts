import { expect, test } from "vitest";
import { createPacketMemory } from "../media/packet-memory.ts";
import { WasmSrtpEngine } from "../media/wasm-srtp.ts";
import { SRTP_SUITES } from "../protocol/srtp/suites.ts";
import { warmUp } from "./warm-up.ts";

test("warming up has SRTP of every suite done, and leaves no context open", async () => {
  const engine = new WasmSrtpEngine(createPacketMemory());
  const opened = new Map<string, number>();
  let refused = 0;
  await warmUp({
    open(suite, ...rest) {
      opened.set(suite, (opened.get(suite) ?? 0) + 1);
      const cipher = engine.open(suite, ...rest);
      const { unprotectRtp } = cipher;
      cipher.unprotectRtp = (packet, length) => {
        const outcome = unprotectRtp.call(cipher, packet, length);
        if (outcome < 0) refused += 1;
        return outcome;
      };
      return cipher;
    },
  });
  // Two sessions of each, with a context each way.
  expect(Object.fromEntries(opened)).toEqual(
    Object.fromEntries(Object.keys(SRTP_SUITES).map((suite) => [suite, 4])),
  );
  expect(refused).toBe(0);
  expect(engine.openContexts).toBe(0);
});

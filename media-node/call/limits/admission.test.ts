import { expect, test } from "vitest";
import { createAdmission } from "./admission.ts";

test.each([
  [{ draining: true, ready: false, used: 100 }, "node_draining"],
  [{ draining: false, ready: false, used: 0 }, "node_not_ready"],
  [{ draining: false, ready: true, used: 95 }, "ports_exhausted"],
  [{ draining: false, ready: true, used: 94 }, null],
])("%o is answered %s", (state, code) => {
  const admission = createAdmission({
    isDraining: () => state.draining,
    isReady: () => state.ready,
    ports: () => ({ used: state.used, total: 100 }),
  });
  expect(admission()).toBe(code);
});

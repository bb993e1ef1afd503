import { rmSync } from "node:fs";
import { z } from "zod";
import { isRunning, processIdentitySchema } from "./process-identity.ts";
import { readFileIfThere } from "./state-directory.ts";
import { STOP_GRACE_MS, stopInOrder } from "./stop-in-order.ts";

/** Stops what a start that was cut off, together with its guardian, has left running. */
export async function stopLeftovers(
  childrenFile: string,
  say: (line: string) => void,
): Promise<void> {
  const text = readFileIfThere(childrenFile);
  if (text === null) return;
  const parsed = z.array(processIdentitySchema).safeParse(parseJson(text));
  const left = parsed.success ? parsed.data.filter(isRunning) : [];
  if (left.length > 0) {
    const names = left.map((one) => `${one.name} (${one.pid})`).join(", ");
    say(`Stopping what an earlier start has left: ${names}.`);
    await stopInOrder(left, { graceMs: STOP_GRACE_MS });
  }
  rmSync(childrenFile, { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

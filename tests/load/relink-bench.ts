import { parseArgs } from "node:util";
import { connectCallers } from "../support/callers.ts";
import { deadline, eventually } from "../support/deadline.ts";
import { linkManyNodes } from "../support/many-links.ts";
import { mostWithin } from "../support/most-within.ts";
import { startTrunkline } from "../support/processes.ts";

/**
 * `npm run bench -- relink [--nodes 200] [--json]`: the Worker is killed and started again under the links of many nodes
 * and a call. Exits with 1 when the last node was not linked again within 10 s, or the call
 * was touched.
 */
const NODES = "200";
const WITHIN_MS = 60_000;
const GOAL_MS = 10_000;
const WINDOW_MS = 100;

export async function benchRelink(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      nodes: { type: "string", default: NODES },
      json: { type: "boolean", default: false },
    },
  });
  const count = Number(values.nodes);
  await using stack = new AsyncDisposableStack();
  const trunkline = await startTrunkline();
  stack.defer(() => trunkline.stop());
  const nodes = stack.use(await linkManyNodes(trunkline, count));
  await eventually(() => (nodes.areUp ? true : null), WITHIN_MS, "not every node was linked");
  const callers = stack.use(await connectCallers(trunkline.sipPort));
  const call = await callers.call(trunkline.ready.number);
  let touched = 0;
  call.ended.then(
    () => {
      touched += 1;
    },
    () => undefined,
  );
  const killedAtMs = performance.now();
  await trunkline.kill("workerd");
  const back = () => (nodes.welcomes >= 2 * count && nodes.areUp ? true : null);
  await eventually(back, WITHIN_MS, "not every node was linked again");
  const tookMs = nodes
    .upAtMs()
    .map((atMs) => Math.round(atMs - killedAtMs))
    .toSorted((one, other) => one - other);
  const callsTouched = touched;
  await deadline(call.hangUp(), WITHIN_MS, "the call did not end");
  const tried = nodes.triedAtMs.filter((atMs) => atMs > killedAtMs);
  const relinkMs = tookMs.at(-1) ?? 0;
  const report = {
    nodes: count,
    relink_first_ms: tookMs[0] ?? 0,
    relink_p50_ms: tookMs[Math.floor(count / 2)] ?? 0,
    relink_last_ms: relinkMs,
    calls_touched: callsTouched,
    attempts: tried.length,
    most_attempts_in_100_ms: mostWithin(WINDOW_MS, tried),
  };
  process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
  if (relinkMs > GOAL_MS || callsTouched > 0) process.exitCode = 1;
}

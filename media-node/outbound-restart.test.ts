// biome-ignore-all lint/style/noRestrictedImports: the carrier is the engine's scripted peer.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../tests/support/deadline.ts";
import { startNodeProcess } from "../tests/support/node-process.ts";
import { OutboundPlane } from "../tests/support/outbound-plane.ts";
import { ScriptedServer } from "./engine/scripted-peer.ts";

const PASSWORD = "the carrier's password";

test("a node that is killed between order and answer never dials it again, and says what became of it", async () => {
  await using own = await OutboundPlane.start();
  const server = await ScriptedServer.listen();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const make = await own.number({
    address: `127.0.0.1:${server.port}`,
    credentials: { username: "acme", password: PASSWORD },
  });
  const first = await startNodeProcess(own.environment);
  onTestFinished(() => first.kill());
  const order = await own.give(make());
  const peer = await server.accept();
  const invite = await peer.next("INVITE");
  peer.reply(invite, "180 Ringing", { tag: "b" });
  await own.told(order, "ringing");
  const file = join(own.directory, "state", "orders", `${order.orderId}.json`);
  // What is known of the call follows it to the disk; that there is an order was there before it.
  const kept = await eventually(
    async () => {
      const text = await readFile(file, "utf8");
      return text.includes(invite.header("Call-ID")) ? text : null;
    },
    5_000,
    "the journal does not name the INVITE",
  );
  expect(kept).not.toContain(PASSWORD);
  await first.kill();

  own.plane.states.length = 0;
  const second = await startNodeProcess(own.environment);
  onTestFinished(() => second.kill());
  expect(await own.told(order, "ended")).toMatchObject({ endCode: "outcome_unknown", fence: 1 });
  expect(await own.record(order)).toMatchObject({
    end: { code: "outcome_unknown" },
    sipCallId: invite.header("Call-ID"),
    agentNumber: "+15005550100",
  });
  // Given again, by whatever fence: the answer is the same, and the carrier hears nothing.
  await own.give({ ...order, fence: 2, dialBeforeMs: Date.now() + 10_000 });
  await eventually(
    () =>
      own.plane.orderMessages.some(
        (message) => message.fence === 2 && message.type === "order_progress",
      )
        ? true
        : null,
    5_000,
    "the second fence was not answered",
  );
  expect(server.waiting).toBe(0);
}, 60_000);

// biome-ignore-all lint/style/noRestrictedImports: for tests, which put the real engine behind the adapters.
import { expect, it } from "vitest";
import { startTestEngine, TEST_SECRET } from "../engine/test-engine.ts";
import { connectSrf } from "./connect.ts";
import { socketOpenedBy } from "./control-socket.ts";

it("a connection whose socket has closed can be disposed of before the package has told of that", async () => {
  await using engine = await startTestEngine();
  const connecting: ReturnType<typeof connectSrf>[] = [];
  const socket = socketOpenedBy(() => {
    connecting.push(connectSrf({ port: engine.engine.controlPort, secret: TEST_SECRET }));
  });
  const [connection] = await Promise.all(connecting);
  if (socket === null || connection === undefined) throw new Error("no connection");
  const disposed = new Promise<void>((resolve, reject) => {
    // After the package's own listener, and before its event.
    socket.once("close", () => connection[Symbol.asyncDispose]().then(resolve, reject));
  });
  socket.destroy();
  await disposed;
  expect(socket.closed).toBe(true);
});

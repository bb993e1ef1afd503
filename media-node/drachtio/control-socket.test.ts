import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { answerSegmentsAtOnce, socketOpenedBy } from "./control-socket.ts";

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  const port = typeof bound === "object" ? (bound?.port ?? 0) : 0;
  const near = socketOpenedBy(() => connect({ host: "127.0.0.1", port }));
  if (near === null) throw new Error("no socket was seen");
  const [far] = (await once(server, "connection")) as [Socket];
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

it("the socket that a call opens is found, and none where none is opened", async () => {
  const { near, far } = await pair();
  far.write("x");
  expect(String((await once(near, "data"))[0])).toBe("x");
  expect(socketOpenedBy(() => undefined)).toBeNull();
});

it("what is written while a segment is treated leaves in order and in one call, whatever comes later by itself", async () => {
  const { near, far } = await pair();
  answerSegmentsAtOnce(near);
  const pending: number[] = [];
  near.on("data", () => {
    near.write("a");
    near.write("b");
    pending.push(near.writableLength);
  });
  far.write("x");
  let read = "";
  far.on("data", (chunk) => {
    read += String(chunk);
    if (read === "ab") near.write("c");
  });
  while (read !== "abc") await once(far, "data");
  expect(pending).toEqual([2]);
});

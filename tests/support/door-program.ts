import { connect, createServer } from "node:net";
import process from "node:process";

/** Runs in a network namespace: what connects to the TCP port is passed on to the socket in the file system, which is outside. */
const [port = "", path = ""] = process.argv.slice(2);

const server = createServer((inside) => {
  const outside = connect({ path });
  const end = (): void => {
    inside.destroy();
    outside.destroy();
  };
  for (const socket of [inside, outside]) socket.on("error", end).on("close", end);
  inside.pipe(outside).pipe(inside);
});
server.listen(Number(port), "0.0.0.0", () => {
  process.stdout.write("listening\n");
});

import { connect, createServer } from "node:net";
import process from "node:process";

/**
 * Carries connections from one place to another: `node bridge-program.ts <from> <to>`, each `host:port` or the path of a
 * socket. Sockets in the file system are of no network namespace, so that one on each side joins two. Writes
 * `listening`, then the address of whoever connects.
 */
const [from = "", to = ""] = process.argv.slice(2);
const placeOf = (text: string) =>
  text.startsWith("/")
    ? { path: text }
    : { host: text.slice(0, text.lastIndexOf(":")), port: Number(text.split(":").at(-1)) };

const server = createServer((near) => {
  if (near.remoteAddress !== undefined) process.stdout.write(`${near.remoteAddress}\n`);
  const far = connect(placeOf(to));
  near.pipe(far).pipe(near);
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
});
server.listen(placeOf(from), () => {
  process.stdout.write("listening\n");
});

import process from "node:process";
import { WebSocketServer } from "ws";
import { AGENT_SUBPROTOCOL } from "../../schema/contracts/agent-socket.ts";
import { sine } from "./tone-agent.ts";

/**
 * An agent as a process of its own, of the native protocol: `node agent-program.ts <port> <Hz>`. It says a steady tone from the
 * answer on, 20 ms at a time, and writes a line for each message that it is sent.
 */
const [port, toneHz] = process.argv.slice(2).map(Number);
const FRAME_SAMPLES = 160;
const tone = sine(toneHz ?? 440, 8_000, 8_000);

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: port ?? 0,
  handleProtocols: () => AGENT_SUBPROTOCOL,
});
server.on("listening", () => process.stdout.write("listening\n"));
server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data: Buffer, isBinary) => {
    if (isBinary) return;
    const text = data.toString();
    process.stdout.write(`${text}\n`);
    const { type } = JSON.parse(text);
    if (type === "start") socket.send('{"type":"ready"}');
    if (type !== "answered") return;
    const startedAtMs = performance.now();
    let frames = 0;
    const timer = setInterval(() => {
      for (const due = (performance.now() - startedAtMs) / 20 + 5; frames < due; frames += 1) {
        const at = (frames * FRAME_SAMPLES) % tone.length;
        socket.send(tone.subarray(at, at + FRAME_SAMPLES));
      }
    }, 20);
    socket.once("close", () => clearInterval(timer));
  });
});

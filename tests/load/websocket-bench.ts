import { parseArgs } from "node:util";
import { AGENT_SOCKET_KINDS } from "../../media-node/agent/websocket/agent-socket.ts";
import { MEDIA_NODE_FLAGS } from "../../media-node/process-flags.ts";
import { pinning } from "./bench-pair.ts";
import { describeMachine } from "./machine.ts";
import { MeasuredProcess } from "./measured-process.ts";
import { printTable, Rounds } from "./rounds.ts";
import type { AgentReady } from "./websocket-agent.ts";
import type { AudioFormat, ClientCommand, FromClient } from "./websocket-client.ts";

/**
 * `npm run bench -- websocket [--json] [--seconds 1] [--rounds 3] [--connections 600]`: what a frame of audio each way,
 * every 20 ms, costs by each client on one core. The figures are medians of rounds in which both take turns.
 */

const FORMATS: readonly AudioFormat[] = ["json", "binary"];
const SETTLE_MS = 5_000;

export async function benchWebSocket(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      seconds: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      connections: { type: "string", default: "600" },
    },
  });
  const note = (line: string): void => {
    if (!values.json) process.stdout.write(`${line}\n`);
  };
  const cores = pinning(1);
  describeMachine(note, cores);
  await using stack = new AsyncDisposableStack();
  const agent = stack.use(
    MeasuredProcess.start<AgentReady>({
      file: new URL("./websocket-agent.ts", import.meta.url),
      cores: cores.generator,
    }),
  );
  const { url } = await agent.next("ready");
  const clients = AGENT_SOCKET_KINDS.map((kind) => {
    const process = MeasuredProcess.start<FromClient>({
      file: new URL("./websocket-client.ts", import.meta.url),
      cores: cores.node,
      nodeArguments: MEDIA_NODE_FLAGS,
      arguments: [kind],
    });
    return { kind, process: stack.use(process) };
  });
  const rounds = new Rounds();
  const milliseconds = Number(values.seconds) * 1_000;
  for (const { process } of clients) {
    const connections = Number(values.connections);
    process.send({ kind: "connect", url, connections } satisfies ClientCommand);
    await process.next("connected");
  }
  // The first round warms up.
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const format of FORMATS) {
      for (const { kind, process } of clients) {
        const beforeMs = process.cpuMs;
        process.send({ kind: "run", format, milliseconds } satisfies ClientCommand);
        const result = await process.next("result", milliseconds + SETTLE_MS);
        const microseconds = ((process.cpuMs - beforeMs) * 1_000) / result.received;
        if (round > 0) rounds.add(`${kind}_${format}`, { microseconds, ...result });
      }
    }
  }
  const rows = FORMATS.flatMap((format) =>
    AGENT_SOCKET_KINDS.map((kind) => ({ name: `${kind}_${format}`, floor: `ws_${format}` })),
  );
  printTable(rounds, rows, "µs/frame", note);
  note("\na frame sent and one received; loopback, no TLS");
  if (values.json) process.stdout.write(`${JSON.stringify(rounds.figures(rows))}\n`);
}

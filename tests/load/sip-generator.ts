import { once } from "node:events";
import { connect } from "node:net";
import { CallLoad, type LoadOptions, type LoadResult } from "./sip-load.ts";

/** A process of its own, so that its share of the processor can be told from the node's. */
export type ToGenerator =
  | { readonly kind: "connect"; readonly port: number; readonly connections: number }
  | { readonly kind: "run"; readonly options: LoadOptions }
  /** Ends the calls that a run left up. */
  | { readonly kind: "release" };

export type FromGenerator =
  | { readonly kind: "up" }
  | { readonly kind: "result"; readonly result: LoadResult };

const load = new CallLoad();

function tell(message: FromGenerator): void {
  process.send?.(message);
}

async function obey(message: ToGenerator): Promise<void> {
  switch (message.kind) {
    case "connect":
      for (let count = 0; count < message.connections; count += 1) {
        const socket = connect({ host: "127.0.0.1", port: message.port });
        await once(socket, "connect");
        load.add(socket);
      }
      tell({ kind: "up" });
      return;
    case "run":
      tell({ kind: "result", result: await load.run(message.options) });
      return;
    case "release":
      tell({ kind: "result", result: await load.release() });
      return;
    default:
      message satisfies never;
  }
}

process.on("message", (message: ToGenerator) => {
  obey(message).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
tell({ kind: "up" });

import type { Terminal } from "../terminal.ts";
import type { OperatorAction } from "./operator-action.ts";

/** Resolves with the exit status. Each verb is loaded when it is used. */
export async function runOperatorAction(
  action: OperatorAction,
  terminal: Terminal,
): Promise<number> {
  switch (action.kind) {
    case "keys_list":
      return (await import("./keys.ts")).listKeys(action.options, terminal);
    case "keys_reseal":
      return (await import("./keys.ts")).resealKeys(action.options, terminal);
    case "keys_rotate":
      return (await import("./keys.ts")).rotateMasterKey(action.options.state, terminal);
    case "keys_retire":
      return (await import("./keys.ts")).retireMasterKey(
        action.keyId,
        action.options.state,
        terminal,
      );
    case "backup":
      return (await import("./backup.ts")).runBackup(action.options, terminal);
    case "restore":
      return (await import("./restore.ts")).runRestore(action.options, terminal);
    case "network_export":
      return (await import("./network-export.ts")).exportNetwork(action.options, terminal);
    default:
      return action satisfies never;
  }
}

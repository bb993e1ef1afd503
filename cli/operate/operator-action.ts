import type { Command } from "commander";
import { parseHttpUrl, parsePath, parseWholeNumber } from "../options.ts";

/** Where an operator's command finds the control plane. */
export interface OperatorOptions {
  /** Of the running system, unless `controlPlane` is given. */
  readonly state: string;
  readonly controlPlane?: URL;
  /** File whose first line is the operator token: a command line is seen by others on this machine. */
  readonly operatorTokenFile?: string;
  readonly json: boolean;
}

export interface BackupOptions extends OperatorOptions {
  /** A folder, or `s3://bucket/prefix`. */
  readonly to: string;
  /** JSON with `endpoint`, `region`, `accessKeyId` and `secretAccessKey`. */
  readonly s3File?: string;
  /** Seconds between backups; absent: one and no more. */
  readonly every?: number;
  /** How many are kept of those that a folder holds. */
  readonly keep: number;
}

export interface RestoreOptions {
  readonly from: string;
  readonly state: string;
}

export interface NetworkExportOptions {
  /** Folder that holds the copies; `current` in it is the newest. */
  readonly folder: string;
  /** Origin of the feed. */
  readonly feed: URL;
  /** A signing key is taken that the last copy had not announced. */
  readonly acceptKey: boolean;
  readonly json: boolean;
}

/** What `trunkline keys …`, `network …`, `backup` and `restore` are asked to do. */
export type OperatorAction =
  | { readonly kind: "keys_list" | "keys_reseal"; readonly options: OperatorOptions }
  | { readonly kind: "keys_rotate"; readonly options: { readonly state: string } }
  | {
      readonly kind: "keys_retire";
      readonly keyId: string;
      readonly options: { readonly state: string };
    }
  | { readonly kind: "backup"; readonly options: BackupOptions }
  | { readonly kind: "restore"; readonly options: RestoreOptions }
  | { readonly kind: "network_export"; readonly options: NetworkExportOptions };

const KEPT_BACKUPS = 288;

/** The verbs of operators, in the grammar of the command line. */
export function addOperatorVerbs(
  program: Command,
  run: (action: OperatorAction) => Promise<void>,
): void {
  const keys = program
    .command("keys")
    .description("The master keys that secrets are sealed under at rest.");
  withAccess(keys.command("list").description("Sealed rows by key.")).action(
    (options: OperatorOptions) => run({ kind: "keys_list", options }),
  );
  withState(
    keys
      .command("rotate")
      .description("Make a new key that seals from now on; those before it are held."),
  ).action((options: { state: string }) => run({ kind: "keys_rotate", options }));
  withAccess(
    keys.command("reseal").description("Seal every row under the key that seals. Can be repeated."),
  ).action((options: OperatorOptions) => run({ kind: "keys_reseal", options }));
  withState(
    keys
      .command("retire")
      .description("Forget a held key that nothing is sealed under.")
      .argument("<key-id>", "as `trunkline keys list` names it"),
  ).action((keyId: string, options: { state: string }) =>
    run({ kind: "keys_retire", keyId, options }),
  );

  withAccess(
    program
      .command("backup")
      .description("Copy the database while it runs. Secrets in the copy stay sealed.")
      .requiredOption("--to <place>", "folder, or s3://bucket/prefix", parsePath)
      .option("--s3-file <file>", "JSON: endpoint, region, accessKeyId, secretAccessKey", parsePath)
      .option("--every <seconds>", "make one again and again", parseWholeNumber)
      .option("--keep <number>", "how many a folder keeps", parseWholeNumber, KEPT_BACKUPS),
  ).action((options: BackupOptions) => run({ kind: "backup", options }));

  withState(
    program
      .command("restore")
      .description("Put a backup in the place of the database of a system that is stopped.")
      .requiredOption("--from <file>", "that `trunkline backup` has written", parsePath),
  ).action((options: RestoreOptions) => run({ kind: "restore", options }));

  program
    .command("network")
    .description("The published address block.")
    .command("export")
    .description(
      "Copy the whole feed into a folder, for a second host: verified, then switched to.",
    )
    .argument("<dir>", "holds the copies; dir/current is the newest", parsePath)
    .requiredOption("--feed <url>", "origin that the feed is read at", parseHttpUrl)
    .option("--accept-key", "take a signing key that the last copy had not announced", false)
    .option("--json", "print one JSON object", false)
    .action((folder: string, options: Omit<NetworkExportOptions, "folder">) =>
      run({ kind: "network_export", options: { ...options, folder } }),
    );
}

function withState(command: Command): Command {
  return command.option("--state <dir>", "state directory", parsePath, ".trunkline");
}

function withAccess(command: Command): Command {
  return withState(command)
    .option("--control-plane <url>", "instead of the system of --state", parseHttpUrl)
    .option("--operator-token-file <file>", "its operator token", parsePath)
    .option("--json", "print one JSON object", false);
}

import { mkdirSync } from "node:fs";
import type { Command } from "commander";
import { EXIT } from "../exit-status.ts";
import { parseHttpUrl, parsePath } from "../options.ts";
import { readSecretFile } from "../secret-file.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { type ApiEnvironment, readProfiles, withoutSlash, writeProfiles } from "./connection.ts";
import { tableOf } from "./table.ts";

/** `trunkline profiles …`: names for APIs and keys, in one file of their owner. */

export type ProfileVerb = (
  terminal: Terminal,
  environment: ApiEnvironment,
) => number | Promise<number>;

export function addProfileVerbs(program: Command, run: (verb: ProfileVerb) => Promise<void>): void {
  const profiles = program.command("profiles").description("APIs and keys that have a name here.");

  profiles
    .command("list")
    .description("All of them, without their keys.")
    .option("--json", "data as JSON", false)
    .action((options: { json: boolean }) => run(listProfiles(options.json)));

  profiles
    .command("set")
    .description("Makes a profile, or replaces it.")
    .argument("<name>", "what --profile says; `default` is used where nothing is named")
    .requiredOption("--api-url <url>", "of the API", parseHttpUrl)
    .requiredOption("--key-file <file>", "holds the API key", parsePath)
    .action((name: string, options: { apiUrl: URL; keyFile: string }) =>
      run(async (terminal, { configFolder }) => {
        const key = await readSecretFile(options.keyFile, "an API key");
        const profile = {
          apiUrl: withoutSlash(options.apiUrl.href),
          apiKey: key.reveal(),
        };
        mkdirSync(configFolder, { recursive: true, mode: 0o700 });
        writeProfiles(configFolder, { ...readProfiles(configFolder), [name]: profile });
        terminal.say(`Profile ${name} is ${profile.apiUrl}.`);
        return EXIT.ok;
      }),
    );

  profiles
    .command("remove")
    .description("Forgets a profile and its key.")
    .argument("<name>", "of the profile")
    .action((name: string) =>
      run((_terminal, { configFolder }) => {
        const { [name]: gone, ...kept } = readProfiles(configFolder);
        if (gone === undefined) throw new UserError(`There is no profile ${name}.`);
        writeProfiles(configFolder, kept);
        return EXIT.ok;
      }),
    );
}

function listProfiles(isJson: boolean): ProfileVerb {
  return (terminal, { configFolder }) => {
    const rows = Object.entries(readProfiles(configFolder)).map(([name, profile]) => ({
      name,
      api_url: profile.apiUrl,
      key_last4: profile.apiKey.slice(-4),
    }));
    if (isJson) terminal.data(JSON.stringify(rows));
    else {
      const lines = rows.map((row) => [row.name, row.api_url, `…${row.key_last4}`]);
      for (const line of tableOf([["PROFILE", "API", "KEY"], ...lines])) terminal.data(line);
    }
    return EXIT.ok;
  };
}

import { accessSync, constants, cpSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { EXIT } from "../exit-status.ts";
import { hostForUrl } from "../options.ts";
import { buildConsole, CONSOLE_DIST } from "../start/console-bundle.ts";
import { PACKAGE_ROOT, packagedProgram } from "../start/packages.ts";
import { writeFileWhole } from "../start/state-directory.ts";
import { bundleWorker, readWorkerRuntime } from "../start/worker-bundle.ts";
import { writeWorkerdConfig } from "../start/workerd-config.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { ControlPlaneOptions } from "./control-plane-options.ts";

/** Without them the Worker answers nothing. */
const REQUIRED_SECRETS = ["MASTER_KEY", "SNAPSHOT_SIGNING_KEY", "OPERATOR_TOKEN_SHA256"] as const;
/** Said by options of their own. */
const OWN_VARS = new Set(["LIBSQL_URL", "RESIDENCY", "SIP_DOMAIN", "OUTBOUND_POLICY"]);

/** What an operator may set, as `wrangler.toml` documents it. */
interface KnownNames {
  readonly secrets: ReadonlySet<string>;
  readonly vars: ReadonlySet<string>;
}

/**
 * Writes what `workerd serve` needs to run the control plane without an account anywhere: the bundled Worker, a
 * configuration without secrets, and a script that starts it.
 * @throws UserError
 */
export async function writeControlPlane(
  folderPath: string,
  options: ControlPlaneOptions,
  terminal: Terminal,
): Promise<number> {
  const folder = resolve(folderPath);
  const wranglerToml = readFileSync(join(PACKAGE_ROOT, "wrangler.toml"), "utf8");
  const known = knownNames(wranglerToml);
  const secretNames = [...new Set([...REQUIRED_SECRETS, ...options.secret])];
  for (const name of secretNames) requireKnown(name, known.secrets, "--secret");
  const vars = readVars(options.var, known.vars);
  const tls = tlsFiles(folder, options);
  const objectsFolder = resolve(options.objects ?? join(folder, "objects"));
  makeFolders(folder, objectsFolder);
  // One after the other: who has ended stops the bundler's process, which both would share.
  await buildConsole();
  const bundle = basename(await bundleWorker(folder));
  const consoleFolder = join(folder, "console");
  cpSync(CONSOLE_DIST, consoleFolder, { recursive: true });
  const config = writeWorkerdConfig({
    runtime: readWorkerRuntime(wranglerToml),
    bundle,
    listen: {
      address: `${hostForUrl(options.listen.host)}:${options.listen.port}`,
      tls,
      isBehindProxy: options.behindProxy,
    },
    databaseUrl: options.databaseUrl,
    objectsFolder,
    consoleFolder,
    residency: options.residency,
    sipDomain: options.sipDomain,
    outbound: "public",
    secretNames,
    // A proxy is the only one whose word on the client's address is taken, and only where there is one.
    vars: { CLIENT_ADDRESS: options.behindProxy ? "x-forwarded-for" : "socket", ...vars },
  });
  writeFileWhole(join(folder, "config.capnp"), config, 0o600);
  const script = runScript(
    packagedProgram("@cloudflare/workerd-linux-64", "bin/workerd"),
    secretNames,
  );
  writeFileWhole(join(folder, "run.sh"), script, 0o700);
  terminal.data(join(folder, "run.sh"));
  terminal.say(
    `It takes ${secretNames.join(", ")} from its environment, or from the files that ${secretNames[0]}_FILE and so on name.`,
  );
  return EXIT.ok;
}

/** The names in wrangler.toml: secrets in its list of comments, variables with or without a value. */
function knownNames(wranglerToml: string): KnownNames {
  const named = (pattern: RegExp) => {
    const names = [...wranglerToml.matchAll(pattern)].map((match) => match[1] ?? "");
    return new Set(names.filter((name) => !OWN_VARS.has(name)));
  };
  return {
    secrets: named(/^# {3}([A-Z][A-Z0-9_]+) {2,}/gm),
    vars: named(/^(?:# )?([A-Z][A-Z0-9_]+) = "/gm),
  };
}

function readVars(given: readonly string[], known: ReadonlySet<string>): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [name = "", ...value] = text.split("=");
      if (OWN_VARS.has(name))
        throw new UserError(`--var ${name}: there is an option of its own for it.`);
      requireKnown(name, known, "--var");
      return [name, value.join("=")];
    }),
  );
}

function requireKnown(name: string, known: ReadonlySet<string>, option: string): void {
  if (known.has(name)) return;
  throw new UserError(
    `${option} ${name}: there is none of that name; there are ${[...known].join(", ")}.`,
  );
}

/** As the configuration names them: from its own folder. */
function tlsFiles(folder: string, { tlsKey, tlsCert, behindProxy }: ControlPlaneOptions) {
  if (tlsKey === undefined && tlsCert === undefined) return null;
  if (tlsKey === undefined || tlsCert === undefined) {
    throw new UserError("--tls-key and --tls-cert go together.");
  }
  if (behindProxy)
    throw new UserError(
      "--behind-proxy is for a proxy that ends TLS: drop --tls-key and --tls-cert.",
    );
  for (const path of [tlsKey, tlsCert]) requireReadable(path);
  return {
    keyFile: relative(folder, resolve(tlsKey)),
    certificateFile: relative(folder, resolve(tlsCert)),
  };
}

function requireReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new UserError(`${path} cannot be read.`, { cause });
  }
}

function makeFolders(folder: string, objectsFolder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(objectsFolder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new UserError(`${folder} and ${objectsFolder} cannot both be made.`, { cause });
  }
}

function runScript(workerd: string, secretNames: readonly string[]): string {
  return `#!/bin/sh
# Starts the control plane. Each secret comes from the environment, or from the file that <its name>_FILE names.
set -eu
cd "$(dirname "$0")"
for name in ${secretNames.join(" ")}; do
  eval "file=\\\${\${name}_FILE:-}"
  if [ -n "$file" ]; then
    value=$(cat "$file")
    export "$name=$value"
  fi
  eval "value=\\\${$name:-}"
  if [ -z "$value" ]; then
    echo "$name is not set, and \${name}_FILE names no file that holds it." >&2
    exit 1
  fi
done
unset value file name
exec "\${WORKERD:-${workerd}}" serve "$@" config.capnp
`;
}

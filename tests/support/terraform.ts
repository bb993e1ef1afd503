import { spawn, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { deadline } from "./deadline.ts";

/** Terraform with the provider that lies on this machine: nothing is fetched. */

const REGISTRY = "registry.terraform.io";
const PROVIDER = `${REGISTRY}/hashicorp/aws/*/*/terraform-provider-aws_*`;
/** Where Terraform itself looks for what lies on a machine. */
const IMPLIED_MIRRORS = [
  join(homedir(), ".terraform.d/plugins"),
  "/usr/local/share/terraform/plugins",
  "/usr/share/terraform/plugins",
];
/** A mirror elsewhere lies no deeper: a search of everything takes longer than the tests. */
const MAX_DEPTH = 4;
const PRUNED = ["/proc", "/sys", "/dev", "/tmp"];
const SEARCH_MS = 30_000;
const RUN_MS = 120_000;
const PROVIDER_START_MS = 60_000;
/** Settings of the person who runs the tests, and the files that they name, are not the project's. */
const UNSET = ["TF_CLI_CONFIG_FILE", "TF_CLI_ARGS", "TF_CLI_ARGS_init", "TF_WORKSPACE", "TF_LOG"];

interface LocalProvider {
  /** The folder that Terraform calls a mirror. */
  readonly mirror: string;
  readonly program: string;
}

function findProvider(): LocalProvider | null {
  const pruned = PRUNED.flatMap((path) => ["-path", path, "-prune", "-o"]);
  const depth = ["-maxdepth", String(MAX_DEPTH)];
  const found = spawnSync("find", ["/", ...depth, ...pruned, "-name", REGISTRY, "-print"], {
    encoding: "utf8",
    timeout: SEARCH_MS,
  });
  const elsewhere = (found.stdout ?? "").split("\n").filter((path) => path !== "");
  for (const mirror of [...IMPLIED_MIRRORS, ...elsewhere.map((path) => dirname(path))]) {
    const program = globSync(join(mirror, PROVIDER)).sort().at(-1);
    if (program !== undefined) return { mirror, program };
  }
  return null;
}

const hasTerraform = spawnSync("terraform", ["version"]).error === undefined;
const local = hasTerraform ? findProvider() : null;

/** Null when there is nothing to skip for. */
export const whyNoTerraform: string | null = hasTerraform ? null : "terraform is not installed";
export const whyNoProvider: string | null =
  whyNoTerraform ?? (local === null ? "the AWS provider is not on this machine" : null);

interface TerraformRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TerraformOptions {
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What Terraform says in a folder. */
export function terraform(
  folder: string,
  args: readonly string[],
  { input, environment = {} }: TerraformOptions = {},
): TerraformRun {
  const unset = UNSET.flatMap((name) => ["-u", name]);
  const set = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const { status, stdout, stderr } = spawnSync(
    "env",
    [...unset, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", ...set, "terraform", ...args],
    { cwd: folder, encoding: "utf8", timeout: RUN_MS, input },
  );
  return { status, stdout, stderr };
}

const INIT = ["init", "-backend=false", "-input=false", "-no-color"];

function localProvider(): LocalProvider {
  if (local === null) throw new Error("the AWS provider is not on this machine");
  return local;
}

/** Installs the provider for what a folder requires of it. */
export function installProvider(folder: string): TerraformRun {
  return terraform(folder, [...INIT, `-plugin-dir=${localProvider().mirror}`]);
}

interface InitialisedFolder extends Disposable {
  run(...args: readonly string[]): TerraformRun;
}

/** The provider as one process for many commands, of which each would start and load its own, several times over. */
export interface RunningProvider extends AsyncDisposable {
  /** A folder that has been initialised, for commands in it. @throws Error when that fails */
  initialised(folder: string): InitialisedFolder;
}

/** As Terraform has it for providers that somebody debugs: it is told where one listens. */
export async function startProvider(): Promise<RunningProvider> {
  const child = spawn(localProvider().program, ["-debug"], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  const listening = new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    exited.then(() => reject(new Error("the provider ended")), reject);
    createInterface(child.stdout).on("line", (line) => {
      const [, address] = /^\s*TF_REATTACH_PROVIDERS='(.+)'$/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
  try {
    const address = await deadline(listening, PROVIDER_START_MS, "the provider did not start");
    return {
      initialised: (folder) => initialised(folder, { TF_REATTACH_PROVIDERS: address }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function initialised(folder: string, provider: Record<string, string>): InitialisedFolder {
  const dataFolder = mkdtempSync(join(tmpdir(), "trunkline-terraform-"));
  const remove = (): void => rmSync(dataFolder, { recursive: true, force: true });
  const environment = { ...provider, TF_DATA_DIR: dataFolder };
  const init = terraform(folder, INIT, { environment });
  if (init.status !== 0) {
    remove();
    throw new Error(`${init.stdout}${init.stderr}`);
  }
  return {
    run: (command = "", ...rest) =>
      terraform(folder, [command, "-no-color", ...rest], { environment }),
    [Symbol.dispose]: remove,
  };
}

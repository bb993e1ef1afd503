import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Terraform with the provider that lies on this machine: nothing is fetched. */

const PROVIDER = "terraform-provider-aws_*";
const MIRROR = "/registry.terraform.io/";
const SEARCH_MS = 30_000;
const RUN_MS = 120_000;
/** Settings of the person who runs the tests, and the files that they name, are not the project's. */
const UNSET = ["TF_CLI_CONFIG_FILE", "TF_CLI_ARGS", "TF_CLI_ARGS_init", "TF_WORKSPACE", "TF_LOG"];

/** The folder that Terraform calls a mirror; null where there is none. */
function findMirror(): string | null {
  const system = ["/proc", "/sys", "/dev"].flatMap((path) => ["-path", path, "-prune", "-o"]);
  const found = spawnSync("find", ["/", ...system, "-name", PROVIDER, "-print", "-quit"], {
    encoding: "utf8",
    timeout: SEARCH_MS,
  });
  const [path = ""] = (found.stdout ?? "").split("\n");
  return path.includes(MIRROR) ? (path.split(MIRROR)[0] ?? null) : null;
}

const hasTerraform = spawnSync("terraform", ["version"]).error === undefined;
const mirror = hasTerraform ? findMirror() : null;

/** Null when there is nothing to skip for. */
export const whyNoTerraform: string | null = hasTerraform ? null : "terraform is not installed";
export const whyNoProvider: string | null =
  whyNoTerraform ?? (mirror === null ? "the AWS provider is not on this machine" : null);

interface TerraformRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface TerraformOptions {
  readonly input?: string;
  readonly dataFolder?: string;
}

/** What Terraform says in a folder. */
export function terraform(
  folder: string,
  args: readonly string[],
  { input, dataFolder }: TerraformOptions = {},
): TerraformRun {
  const unset = UNSET.flatMap((name) => ["-u", name]);
  const data = dataFolder === undefined ? [] : [`TF_DATA_DIR=${dataFolder}`];
  const { status, stdout, stderr } = spawnSync(
    "env",
    [...unset, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", ...data, "terraform", ...args],
    { cwd: folder, encoding: "utf8", timeout: RUN_MS, input },
  );
  return { status, stdout, stderr };
}

export interface InitialisedFolder extends Disposable {
  run(...args: readonly string[]): TerraformRun;
}

/** A folder that has been initialised, for commands in it. @throws Error when that fails */
export function initialised(folder: string): InitialisedFolder {
  const dataFolder = mkdtempSync(join(tmpdir(), "trunkline-terraform-"));
  const remove = (): void => rmSync(dataFolder, { recursive: true, force: true });
  const args = ["-backend=false", "-input=false", "-no-color", `-plugin-dir=${mirror}`];
  const init = terraform(folder, ["init", ...args], { dataFolder });
  if (init.status !== 0) {
    remove();
    throw new Error(`${init.stdout}${init.stderr}`);
  }
  return {
    run: (command = "", ...rest) =>
      terraform(folder, [command, "-no-color", ...rest], { dataFolder }),
    [Symbol.dispose]: remove,
  };
}

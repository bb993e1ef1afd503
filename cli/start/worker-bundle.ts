import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BuildOptions } from "esbuild";
import { PACKAGE_ROOT } from "./packages.ts";
import { readFileIfThere, replaceFile, writeFileWhole } from "./state-directory.ts";

/** What wrangler.toml says about the runtime: the embedded Worker runs under the same rules. */
export interface WorkerRuntime {
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
}

export function readWorkerRuntime(wranglerToml: string): WorkerRuntime {
  const date = /^compatibility_date\s*=\s*"(\d{4}-\d{2}-\d{2})"/m.exec(wranglerToml)?.[1];
  if (date === undefined) throw new Error("wrangler.toml has no compatibility_date");
  const flags = /^compatibility_flags\s*=\s*\[([^\]]*)\]/m.exec(wranglerToml)?.[1] ?? "";
  return {
    compatibilityDate: date,
    compatibilityFlags: [...flags.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? ""),
  };
}

/** Raised when the options below change: a bundle made with others is not used again. */
const BUNDLE_FORM = 2;
/** What a bundle is made of: these folders, and packages as the lockfile has them. */
const SOURCE_FOLDERS = ["workers", "schema"];

/** Where systems with state directories of their own find what one of them has made. */
const CACHE = join(PACKAGE_ROOT, "node_modules/.cache/trunkline");

/** The Worker as one file in `folder`, made anew only when its sources have changed. */
export async function bundleWorker(folder: string, cache = CACHE): Promise<string> {
  const name = `worker-${sourceDigest(PACKAGE_ROOT)}.js`;
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const text = readFileIfThere(join(cache, name)) ?? (await bundleText());
  keepInCache(cache, name, text);
  removeBundles(folder);
  writeFileWhole(path, text, 0o600);
  return path;
}

/** An installation that cannot be written to bundles for each state directory. */
function keepInCache(cache: string, name: string, text: string): void {
  if (existsSync(join(cache, name))) return;
  try {
    mkdirSync(cache, { recursive: true });
    removeBundles(cache);
    replaceFile(join(cache, name), text, 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}

function removeBundles(folder: string): void {
  for (const old of readdirSync(folder)) {
    if (/^worker-.*\.js$/.test(old)) rmSync(join(folder, old), { force: true });
  }
}

const { resolve: resolvePackage } = createRequire(import.meta.url);

/** For esbuild: modules as workerd runs them. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  write: false,
  format: "esm",
  target: "es2024",
  // As wrangler does: without it a package's own map of modules for browsers is not followed.
  platform: "browser",
  mainFields: ["browser", "module", "main"],
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*", "node:*"],
  // Its module for browsers needs a DOMParser, which workerd has not.
  alias: { "@aws-sdk/xml-builder": resolvePackage("@aws-sdk/xml-builder") },
  logLevel: "silent",
} as const satisfies BuildOptions;

async function bundleText(): Promise<string> {
  const { build, stop } = await import("esbuild");
  try {
    const entryPoints = [join(PACKAGE_ROOT, "workers/index.ts")];
    const result = await build({ ...BUNDLE_OPTIONS, entryPoints });
    return result.outputFiles[0]?.text ?? "";
  } finally {
    // Its service process would else live as long as the system that is started.
    await stop();
  }
}

/** Changes with any source of the bundle, by content and by path. */
export function sourceDigest(root: string): string {
  const sources = SOURCE_FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
      .map((path) => join(folder, path)),
  );
  const hash = createHash("sha256").update(`${BUNDLE_FORM}\n`);
  for (const path of [...sources.toSorted(), "package-lock.json"]) {
    const content = createHash("sha256")
      .update(readFileSync(join(root, path)))
      .digest("hex");
    hash.update(`${path} ${content}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

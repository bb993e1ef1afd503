import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { z } from "zod";

/**
 * `npm run pack`: the npm package `trunkline` as one tarball in `dist/`, or in the folder that is named. It holds the
 * SDK and the command with all that they need, as JavaScript and types: Node strips no types below node_modules.
 */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const target = process.argv[2] ?? join(ROOT, "dist");
const staging = join(target, "package");

const manifestSchema = z.object({
  version: z.string(),
  description: z.string(),
  license: z.string(),
  engines: z.object({ node: z.string() }),
});

await rm(staging, { recursive: true, force: true });
await mkdir(join(staging, "types"), { recursive: true });
const inputs = [...(await bundleSdk()), ...(await bundleCommand())];
await Promise.all([
  writeTypes(),
  writeManifest(),
  writeFile(join(staging, "THIRD-PARTY.txt"), await licencesOf(inputs)),
  cp(join(ROOT, "LICENSE"), join(staging, "LICENSE")),
  cp(join(ROOT, "sdk/README.md"), join(staging, "README.md")),
]);
// Nothing in the staging folder has scripts; npm itself decides what a tarball looks like.
const packed = await run(
  "npm",
  ["pack", "--ignore-scripts", "--json", "--pack-destination", target],
  {
    cwd: staging,
  },
);
const [{ filename }] = z
  .tuple([z.object({ filename: z.string() })])
  .parse(JSON.parse(packed.stdout));
process.stdout.write(`${join(target, filename)}\n`);

/** For every runtime: nothing of Node is in it. */
function bundleSdk(): Promise<string[]> {
  return bundle("sdk/trunkline.ts", "trunkline.js", {
    platform: "neutral",
    mainFields: ["module", "main"],
  });
}

function bundleCommand(): Promise<string[]> {
  return bundle("cli/packed.ts", "cli.js", {
    platform: "node",
    banner: { js: "#!/usr/bin/env node" },
  });
}

/** Resolves with the files that went in. */
async function bundle(
  entry: string,
  outfile: string,
  options: Parameters<typeof build>[0],
): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [join(ROOT, entry)],
    outfile: join(staging, outfile),
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: ["node20", "es2022"],
    metafile: true,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  return Object.keys(metafile?.inputs ?? {});
}

/** Declarations of the SDK, and those of openapi-fetch beside them, so that none has to be installed. */
async function writeTypes(): Promise<void> {
  const folder = join(staging, "types");
  await run(join(ROOT, "node_modules/.bin/tsc"), [
    ...["-p", join(ROOT, "sdk")],
    ...["--noEmit", "false", "--emitDeclarationOnly", "--declaration"],
    ...["--composite", "false", "--incremental", "false"],
    ...["--outDir", folder],
  ]);
  const brought = ["openapi-fetch", "openapi-typescript-helpers"];
  for (const name of brought) {
    await cp(join(ROOT, "node_modules", name, "dist/index.d.mts"), join(folder, `${name}.d.ts`));
  }
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    let text = await readFile(path, "utf8");
    for (const one of brought)
      text = text.replaceAll(`'${one}'`, `"./${one}.js"`).replaceAll(`"${one}"`, `"./${one}.js"`);
    await writeFile(path, text.replaceAll(/(from |import\()"(\.\/[^"]+)\.ts"/g, '$1"$2.js"'));
  }
}

async function writeManifest(): Promise<void> {
  const { version, description, license, engines } = manifestSchema.parse(
    JSON.parse(await readFile(join(ROOT, "sdk/package.json"), "utf8")),
  );
  const manifest = {
    name: "trunkline",
    version,
    description,
    license,
    type: "module",
    engines,
    bin: { trunkline: "cli.js" },
    exports: { ".": { types: "./types/trunkline.d.ts", default: "./trunkline.js" } },
    sideEffects: false,
  };
  await writeFile(join(staging, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The licence of every package of which something is in the tarball. */
async function licencesOf(inputs: readonly string[]): Promise<string> {
  const names = inputs.flatMap(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[0] ?? [],
  );
  const folders = [...new Set([...names, "node_modules/openapi-typescript-helpers/"])].sort();
  const parts = await Promise.all(
    folders.map(async (folder) => {
      const files = await readdir(join(ROOT, folder));
      const name = relative("node_modules", dirname(join(folder, "x")));
      const file = files.find((one) => /^licen[cs]e/i.test(one));
      const text =
        file === undefined
          ? z
              .object({ license: z.string() })
              .parse(JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"))).license
          : await readFile(join(ROOT, folder, file), "utf8");
      return `${name}\n\n${text.trim()}\n`;
    }),
  );
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

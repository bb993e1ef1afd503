import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { PACKAGE_ROOT } from "./packages.ts";
import { readFileIfThere, replaceFile } from "./state-directory.ts";

/** The console's files as they are handed out. */
export const CONSOLE_DIST = join(PACKAGE_ROOT, "console/dist");

/** Raised when the options below change. */
const BUILD_FORM = 2;
const SOURCES = ["console", "schema"];
const STAMP = "build.txt";

/** One file of the build, by its size on the wire. */
export interface ConsoleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Asked for by the page itself, not by a screen that is looked at later. */
  readonly isInitial: boolean;
}

/**
 * Builds the console into `folder`, unless what is there is made of the same sources. Two builds at once write the same:
 * names hold a digest of the content, and the page that names them comes last.
 */
export async function buildConsole(folder = CONSOLE_DIST): Promise<void> {
  const digest = sourceDigest();
  const stampFile = join(folder, STAMP);
  if (readFileIfThere(stampFile) === digest || !canBuild()) return;
  const files = await bundleConsole();
  mkdirSync(join(folder, "assets"), { recursive: true });
  for (const { name, bytes } of files) replaceFile(join(folder, name), bytes, 0o644);
  const current = new Set(files.map(({ name }) => basename(name)));
  for (const old of readdirSync(join(folder, "assets"))) {
    if (/^[\w-]+\.\w+$/.test(old) && !current.has(old))
      rmSync(join(folder, "assets", old), { force: true });
  }
  replaceFile(stampFile, digest, 0o644);
}

/**
 * Its packages are needed for building alone, so that an installation without development packages has none. It
 * serves the files that came with it; without those the Worker says that there is no console.
 */
function canBuild(): boolean {
  try {
    createRequire(import.meta.url).resolve("react/package.json");
    return true;
  } catch {
    return false;
  }
}

/** What the page asks for before it shows anything, in bytes of gzip: as an edge sends it. */
export function firstLoadBytes(files: readonly ConsoleFile[]): number {
  return files
    .filter(({ isInitial }) => isInitial)
    .reduce((sum, { bytes }) => sum + gzipSync(bytes, { level: 9 }).length, 0);
}

const TARGETS = ["es2023", "chrome120", "firefox120", "safari17"];
const COMMON = {
  outdir: join(CONSOLE_DIST, "assets"),
  entryNames: "[name]-[hash]",
  bundle: true,
  write: false,
  minify: true,
  format: "esm",
  target: TARGETS,
  logLevel: "silent",
} as const;

/** The page last. */
export async function bundleConsole(): Promise<ConsoleFile[]> {
  const { build, stop } = await import("esbuild");
  try {
    // Of its own: the audio thread has no page, and loads one file by its address.
    const worklet = await build({
      ...COMMON,
      entryPoints: { softphone: join(PACKAGE_ROOT, "console/softphone/worklet.ts") },
    });
    const [audioThread] = worklet.outputFiles;
    if (audioThread === undefined) throw new Error("the softphone has no worklet");
    const result = await build({
      ...COMMON,
      entryPoints: { console: join(PACKAGE_ROOT, "console/main.tsx") },
      chunkNames: "[name]-[hash]",
      splitting: true,
      metafile: true,
      jsx: "automatic",
      define: {
        "process.env.NODE_ENV": '"production"',
        SOFTPHONE_WORKLET: JSON.stringify(`/console/assets/${basename(audioThread.path)}`),
      },
    });
    const outputs = Object.entries(result.metafile.outputs);
    const initial = initialNames(result.metafile.outputs);
    const entry = outputs.find(([, output]) => output.entryPoint?.endsWith("main.tsx"));
    if (entry === undefined) throw new Error("the console has no entry");
    const [script, { cssBundle }] = entry;
    const assets = [...result.outputFiles, audioThread].map((file) => ({
      name: `assets/${basename(file.path)}`,
      bytes: file.contents,
      isInitial: initial.has(basename(file.path)),
    }));
    const page = readFileSync(join(PACKAGE_ROOT, "console/index.html"), "utf8")
      .replaceAll("%script%", basename(script))
      .replaceAll("%style%", basename(cssBundle ?? ""));
    return [
      ...assets,
      { name: "index.html", bytes: new TextEncoder().encode(page), isInitial: true },
    ];
  } finally {
    // Its service process would else live as long as the system that is started.
    await stop();
  }
}

type Outputs = Readonly<
  Record<
    string,
    {
      readonly entryPoint?: string;
      readonly cssBundle?: string;
      readonly imports: readonly { readonly path: string; readonly kind: string }[];
    }
  >
>;

/** The entry, its style sheet, and what they import before anything is shown. */
function initialNames(outputs: Outputs): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (output === undefined || names.has(basename(path))) return;
    names.add(basename(path));
    if (output.cssBundle !== undefined) names.add(basename(output.cssBundle));
    for (const one of output.imports) if (one.kind !== "dynamic-import") visit(one.path);
  };
  for (const [path, output] of Object.entries(outputs)) {
    if (output.entryPoint?.endsWith("main.tsx")) visit(path);
  }
  return names;
}

/** Changes with any source of the console and with the packages that it is made of. */
function sourceDigest(): string {
  const hash = createHash("sha256").update(`${BUILD_FORM}\n`);
  const paths = SOURCES.flatMap((folder) =>
    readdirSync(join(PACKAGE_ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.(ts|tsx|css|html|svg)$/.test(path) && !path.startsWith("dist/"))
      .map((path) => join(folder, path)),
  );
  for (const path of [...paths.toSorted(), "package-lock.json"]) {
    hash.update(`${path}\n`).update(readFileSync(join(PACKAGE_ROOT, path)));
  }
  return hash.digest("hex");
}

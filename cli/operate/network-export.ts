import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { EXIT } from "../exit-status.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import { type FeedKeys, parseFeedKeys, sha256Hex, signerOf } from "./feed-proof.ts";
import type { NetworkExportOptions } from "./operator-action.ts";

const MANIFEST = "/network/files.json";
const JWKS = "/.well-known/jwks.json";
const SIBLINGS = [".md5", ".sha256", ".jws"] as const;
const TIMEOUT_MS = 15_000;
const AT_ONCE = 8;
/** Another version may be published while this one is read. */
const MAX_ATTEMPTS = 3;
/** Of the versions before: for whoever still reads one. */
const KEPT_BEFORE = 1;

const manifestSchema = z.object({
  version: z.number().int().positive(),
  files: z
    .array(
      z.object({
        // No way out of the folder, and nothing hidden in it.
        path: z.string().regex(/^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1),
});

/** Read as a whole, and whole: every digest and signature is right. */
interface Copy {
  readonly version: number;
  readonly kid: string;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** The feed is not as it has to be, and may be in a moment. */
class Unproven extends UserError {}

/** `trunkline network export`: the last copy stays what it is until the new one is proven and on disk. */
export async function exportNetwork(
  options: NetworkExportOptions,
  terminal: Terminal,
): Promise<number> {
  const current = join(options.folder, "current");
  const before = await readBefore(current);
  const copy = await readFeed(options.feed);
  if (before !== null && copy.version < before.version) {
    throw new UserError(
      `The feed is at version ${copy.version}, and the last copy at ${before.version}: it stays.`,
    );
  }
  const isKnown = before === null || before.keys.some(({ kid }) => kid === copy.kid);
  if (!isKnown && !options.acceptKey) {
    throw new UserError(
      `The key ${copy.kid} signs, which the last copy had not announced: it stays. Where you know why, say --accept-key.`,
    );
  }
  await switchTo(options.folder, current, copy);
  const told = { version: copy.version, files: copy.files.size, kid: copy.kid, path: current };
  if (options.json) terminal.data(JSON.stringify(told));
  else terminal.data(`${current}: version ${copy.version}, ${copy.files.size} files`);
  return EXIT.ok;
}

async function readBefore(
  current: string,
): Promise<{ readonly version: number; readonly keys: FeedKeys } | null> {
  let manifest: string;
  try {
    manifest = await readFile(join(current, MANIFEST), "utf8");
  } catch {
    return null; // the first copy
  }
  try {
    const { version } = manifestSchema.parse(JSON.parse(manifest));
    return { version, keys: parseFeedKeys(await readFile(join(current, JWKS), "utf8")) };
  } catch (cause) {
    throw new UserError(`${current} holds no whole copy: remove it and export again.`, { cause });
  }
}

async function readFeed(feed: URL): Promise<Copy> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(feed);
    } catch (error) {
      if (!(error instanceof Unproven) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

async function readOnce(feed: URL): Promise<Copy> {
  const jwks = await get(feed, JWKS);
  const keys = parse("the key list", () => parseFeedKeys(jwks.toString("utf8")));
  const bytes = await get(feed, MANIFEST);
  const manifest = parse("the list of files", () =>
    manifestSchema.parse(JSON.parse(bytes.toString("utf8"))),
  );
  const { version } = manifest;
  const files = new Map([[JWKS, jwks]]);
  const take = async (path: string, sha256: string | null): Promise<string> => {
    const body = path === MANIFEST ? bytes : await get(feed, path);
    const beside = await Promise.all(SIBLINGS.map((suffix) => get(feed, `${path}${suffix}`)));
    const [, digest, jws] = beside.map((sibling) => sibling.toString("utf8").trim());
    const own = sha256Hex(body);
    if ((sha256 !== null && own !== sha256) || digest !== own) {
      throw new Unproven(`${path} is not what its digest says.`);
    }
    const kid = signerOf({ path, version, bytes: body }, jws ?? "", keys);
    if (kid === null)
      throw new Unproven(`${path} of version ${version} is not signed by the feed.`);
    files.set(path, body);
    for (const [index, suffix] of SIBLINGS.entries()) {
      const sibling = beside[index];
      if (sibling !== undefined) files.set(`${path}${suffix}`, sibling);
    }
    return kid;
  };
  const kid = await take(MANIFEST, null);
  const queue = [...manifest.files];
  const takeNext = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await take(next.path, next.sha256);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeNext));
  return { version, kid, files };
}

function parse<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Unproven(`The feed has no ${what.replace("the ", "")} that can be read.`, { cause });
  }
}

async function get(feed: URL, path: string): Promise<Buffer> {
  let answer: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    answer = await fetch(new URL(path, feed), { signal, redirect: "error" });
    if (answer.ok) return Buffer.from(await answer.arrayBuffer());
  } catch (cause) {
    throw new UserError(`The feed at ${feed.origin} does not answer.`, { cause });
  }
  throw new Unproven(`${path} of the feed: status ${answer.status}.`);
}

/** A folder of its own, and then one rename: a reader finds the last copy or this one. */
async function switchTo(folder: string, current: string, copy: Copy): Promise<void> {
  const name = `v${copy.version}-${Date.now()}`;
  const target = join(folder, name);
  const isFolder = (path: string) =>
    [...copy.files.keys()].some((other) => other.startsWith(`${path}/`));
  try {
    for (const [path, bytes] of copy.files) {
      const file = join(target, isFolder(path) ? `${path}/index.html` : path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    await symlink(name, `${current}.next`);
    await rename(`${current}.next`, current);
  } catch (cause) {
    await rm(target, { recursive: true, force: true });
    await rm(`${current}.next`, { force: true });
    throw new UserError(`The copy could not be written to ${folder}: the last one stays.`, {
      cause,
    });
  }
  const older = (await readdir(folder))
    .filter((entry) => /^v\d+-\d+$/.test(entry) && entry !== name)
    .sort((a, b) => Number(b.split("-")[1]) - Number(a.split("-")[1]));
  for (const entry of older.slice(KEPT_BEFORE)) {
    await rm(join(folder, entry), { recursive: true, force: true });
  }
}

import { generateKeyPairSync, hash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { feedDocument } from "../../tests/support/feed-document.ts";
import { testFolder } from "../../tests/support/test-folder.ts";
import { renderFeed } from "../../workers/network/render-feed.ts";
import { detachedJws, type FeedSigner, openFeedSigner } from "../../workers/network/siblings.ts";
import { EXIT } from "../exit-status.ts";
import { createTerminal } from "../terminal.ts";
import { exportNetwork } from "./network-export.ts";

const silent = createTerminal({ write: () => true }, { write: () => true }, true);

function newSigner(): Promise<FeedSigner> {
  const { privateKey } = generateKeyPairSync("ed25519");
  return openFeedSigner(privateKey.export({ format: "der", type: "pkcs8" }).toString("base64url"));
}

/** The feed as it is served, and whatever a test does to it. */
async function startFeed() {
  const files = new Map<string, string>();
  const server = createServer((request, response) => {
    const body = files.get(request.url ?? "");
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  onTestFinished(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  const { path } = testFolder();
  const folder = join(path, "copy");
  return {
    files,
    folder,
    current: (file: string) => readFile(join(folder, "current", file), "utf8"),
    async publish(version: number, signer: FeedSigner, keys = [signer.publicKey]) {
      files.clear();
      const rendered = await renderFeed(feedDocument({ version }));
      for (const file of rendered) {
        files.set(file.path, file.body);
        // As the Worker makes them; Node's Web Crypto has no MD5.
        for (const kind of ["md5", "sha256"]) {
          files.set(`${file.path}.${kind}`, `${hash(kind, file.body)}\n`);
        }
        files.set(`${file.path}.jws`, `${await detachedJws(file, version, signer)}\n`);
      }
      files.set("/.well-known/jwks.json", JSON.stringify({ keys }));
    },
    copy: (acceptKey = false) =>
      exportNetwork(
        { folder, feed: new URL(`http://127.0.0.1:${port}`), acceptKey, json: false },
        silent,
      ),
  };
}

test("every published document is copied with its digests and signature, byte by byte", async () => {
  const feed = await startFeed();
  const signer = await newSigner();
  await feed.publish(8, signer);
  expect(await feed.copy()).toBe(EXIT.ok);
  for (const [path, body] of feed.files) {
    // Beside the files below it, the page is the folder's own.
    const file = path === "/network" ? "/network/index.html" : path;
    expect(await feed.current(file), path).toBe(body);
  }
  await feed.publish(9, signer);
  await feed.copy();
  expect(JSON.parse(await feed.current("/network/ip-ranges.json"))).toMatchObject({ version: 9 });
  for (const version of [10, 11]) {
    await feed.publish(version, signer);
    await feed.copy();
  }
  // The one before is left for whoever still reads it; older ones are not.
  const kept = await readdir(feed.folder);
  expect(kept.map((name) => name.split("-")[0]).sort()).toEqual(["current", "v10", "v11"]);
});

test("the last copy stays when anything of the next is not as it was signed", async () => {
  const feed = await startFeed();
  const signer = await newSigner();
  await feed.publish(8, signer);
  await feed.copy();
  const before = await readlink(join(feed.folder, "current"));
  await feed.publish(9, signer);
  const cases: readonly (readonly [string, (body: string) => string | null])[] = [
    ["/network/v4.txt", (body) => body.replace("25.9", "25.8")],
    ["/network/v4.txt.jws", () => feed.files.get("/network/v6.txt.jws") ?? ""],
    ["/network/all.txt.sha256", () => "0".repeat(64)],
    ["/network/files.json", (body) => `${body} `],
    ["/network/geofeed.csv", () => null],
  ];
  for (const [path, change] of cases) {
    const body = feed.files.get(path) ?? "";
    const changed = change(body);
    if (changed === null) feed.files.delete(path);
    else feed.files.set(path, changed);
    await expect(feed.copy(), path).rejects.toThrow(/\/network\//);
    expect(await readlink(join(feed.folder, "current"))).toBe(before);
    feed.files.set(path, body);
  }
  expect(await readdir(feed.folder)).toHaveLength(2);
  expect(await feed.copy()).toBe(EXIT.ok);
});

test("the last copy stays when the feed is older, gone, or signed by a key that was not announced", async () => {
  const feed = await startFeed();
  const [signer, next, stranger] = await Promise.all([newSigner(), newSigner(), newSigner()]);
  await feed.publish(8, signer, [signer.publicKey, next.publicKey]);
  await feed.copy();
  await feed.publish(7, signer);
  await expect(feed.copy()).rejects.toThrow(/version 7/);
  feed.files.clear();
  await expect(feed.copy()).rejects.toThrow(/404/);
  await feed.publish(9, stranger);
  await expect(feed.copy()).rejects.toThrow(/--accept-key/);
  expect(JSON.parse(await feed.current("/network/ip-ranges.json"))).toMatchObject({ version: 8 });
  await feed.publish(9, next);
  expect(await feed.copy()).toBe(EXIT.ok);
  await feed.publish(10, stranger);
  expect(await feed.copy(true)).toBe(EXIT.ok);
});

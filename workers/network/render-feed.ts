import { renderChanges } from "./changes.ts";
import { renderCheckPoint } from "./checkpoint.ts";
import { renderCloudShapes } from "./cloud-shapes.ts";
import type { FeedDocument, FeedFile } from "./document.ts";
import { FeedRefused } from "./document.ts";
import { renderEndpoints } from "./endpoints.ts";
import { renderManifest } from "./manifest.ts";
import { renderNative } from "./native.ts";
import { renderPage } from "./page.ts";
import { renderPlainLists } from "./plain-lists.ts";
import { renderProof } from "./proof.ts";
import { renderSnippets } from "./snippets/render-snippets.ts";
import { renderTables } from "./tables.ts";

/**
 * Every file of one version, by path. A file that would list nothing is not among them. The same
 * document always gives the same bytes.
 * @throws FeedRefused for a document that renders into an empty file
 */
export async function renderFeed(document: FeedDocument): Promise<readonly FeedFile[]> {
  const files = [
    ...renderNative(document),
    ...renderPlainLists(document),
    ...renderCloudShapes(document),
    ...(await renderCheckPoint(document)),
    ...renderEndpoints(document),
    ...renderChanges(document),
    ...renderTables(document),
    ...renderProof(document),
    ...renderSnippets(document),
    await renderPage(document),
  ];
  const empty = files.find(({ body }) => body.trim() === "");
  if (empty !== undefined) throw new FeedRefused("empty_file", `${empty.path} would be empty`);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return [...files, await renderManifest(document.version, files)];
}

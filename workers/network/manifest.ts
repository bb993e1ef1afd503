import { type FeedFile, jsonFile } from "./document.ts";
import { sha256Text } from "./siblings.ts";

/** What a version consists of: for whoever keeps a copy of all of it. */
const MANIFEST_PATH = "/network/files.json";

/** Every file but itself, by path; beside each stand `.md5`, `.sha256` and `.jws`. */
export async function renderManifest(
  version: number,
  files: readonly FeedFile[],
): Promise<FeedFile> {
  const entries = files.map(async ({ body, contentType, path }) => ({
    path,
    content_type: contentType,
    sha256: await sha256Text(body),
  }));
  return jsonFile(MANIFEST_PATH, { version, files: await Promise.all(entries) });
}

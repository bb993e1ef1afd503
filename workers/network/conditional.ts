/** Whether a conditional request is answered 304 (RFC 9110 §13.2.2): by entity tags if it has any, else by time. */
export function isUnchanged(
  headers: Headers,
  file: { readonly etag: string; readonly modifiedAtMs: number },
): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null) return matchesTag(tags, file.etag);
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return since >= Math.floor(file.modifiedAtMs / 1000) * 1000;
}

/** Whether `If-None-Match` names the tag. RFC 9110 §13.1.2: compared weakly, since caches on the way may have weakened ours. */
export function matchesTag(tags: string, etag: string): boolean {
  return namesTag(
    tags
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""))
      .join(","),
    etag,
  );
}

/** Whether `If-Match` names the tag. RFC 9110 §13.1.1: compared strongly, so that a weak one never does. */
export function namesTag(tags: string, etag: string): boolean {
  return tags
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === "*" || tag === etag);
}

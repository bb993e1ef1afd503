/** Whether a conditional request is answered 304 (RFC 9110 §13.2.2): by entity tags if it has any, else by time. */
export function isUnchanged(
  headers: Headers,
  file: { readonly etag: string; readonly modifiedAtMs: number },
): boolean {
  const tags = headers.get("if-none-match");
  if (tags !== null) {
    // RFC 9110 §13.1.2: compared weakly, since caches on the way may have weakened ours.
    return tags
      .split(",")
      .map((tag) => tag.trim().replace(/^W\//, ""))
      .some((tag) => tag === "*" || tag === file.etag);
  }
  const since = Date.parse(headers.get("if-modified-since") ?? "");
  return since >= Math.floor(file.modifiedAtMs / 1000) * 1000;
}

/** One line of JSON per event. Fields hold identifiers, counts and codes, never secrets or bodies. */
export function log(
  level: "info" | "warn" | "error",
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>> = {},
): void {
  // biome-ignore lint/suspicious/noConsole: the runtime has no other log sink.
  console[level](JSON.stringify({ level, event, ...fields }));
}

/** What a log may say of anything that was thrown: messages may hold what was sent. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}

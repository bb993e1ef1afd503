/** One line of JSON per event. Fields hold identifiers, counts and codes, never secrets or bodies. */
export function log(
  level: "info" | "warn" | "error",
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>> = {},
): void {
  // biome-ignore lint/suspicious/noConsole: the runtime has no other log sink.
  console[level](JSON.stringify({ level, event, ...fields }));
}

/** A missing peer skips its tests on a developer's machine and fails them in CI. */
export function skipsFor(missing: string | null): boolean {
  return missing !== null && process.env["CI"] === undefined;
}

/** The suite's name, with the reason when it is skipped. */
export function suiteName(name: string, missing: string | null): string {
  return missing === null ? name : `${name} (skipped: ${missing})`;
}

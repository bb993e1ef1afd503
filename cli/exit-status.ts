/** What the process ends with; part of the interface. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  /** No key, or one that may not do this. */
  auth: 3,
  notFound: 4,
  checkFailed: 5,
  timeout: 6,
} as const satisfies Record<string, number>;

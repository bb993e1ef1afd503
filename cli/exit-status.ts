/** What the process ends with; part of the interface. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  checkFailed: 5,
} as const satisfies Record<string, number>;

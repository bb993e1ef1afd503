import { useMemo } from "react";

/** The idempotency key of one intention: the same for every attempt, another as soon as the body is another. */
export function useIntention(body: unknown): string {
  const text = JSON.stringify(body);
  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for another body.
  return useMemo(() => crypto.randomUUID(), [text]);
}

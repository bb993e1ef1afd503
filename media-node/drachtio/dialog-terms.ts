import type { DialogTerms } from "../call/ports.ts";
import { ALLOWED_METHODS, ALLOWED_METHODS_WITH_REFER } from "./refusal.ts";

/** What the message that makes a dialog says of it. */
export function dialogHeaders({ allowsRefer = false }: DialogTerms): Record<string, string> {
  return { Allow: allowsRefer ? ALLOWED_METHODS_WITH_REFER : ALLOWED_METHODS };
}

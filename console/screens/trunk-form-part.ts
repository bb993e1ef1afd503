import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import type { TrunkDraft } from "../model/trunk-form.ts";
import type { Wrong } from "../ui/field.tsx";

/** What the parts of the form are given: what stands there, how to change it, and what is wrong with it. */
export interface TrunkFormPart {
  readonly draft: TrunkDraft;
  readonly change: (part: Partial<TrunkDraft>) => void;
  /** By the pointer into the body. */
  readonly wrong: (pointer: string) => Wrong | null;
  /** Null: a new number. */
  readonly before: PhoneNumberView | null;
}

export const ENCRYPTION = [
  { value: "required", label: "Required: calls without SRTP are refused" },
  { value: "allowed", label: "Allowed: SRTP where the other side has it" },
  { value: "disabled", label: "Disabled: never encrypted" },
] as const;

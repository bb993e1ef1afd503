import { type DynamicVariables, recordableVariables } from "../../schema/contracts/client-data.ts";
import { isToken } from "../protocol/sip/syntax.ts";
import type { ExtraHeaders } from "./ports.ts";

const MAX_VALUE_CHARS = 1_024;

/**
 * The headers that a trunk's `attributes_to_headers` asks for: variable to header, with the value as it is now. A
 * variable that is not set, has no text or is a secret gives no header.
 */
export function attributeHeaders(
  attributes: Readonly<Record<string, string>>,
  variables: DynamicVariables,
): ExtraHeaders {
  const known = recordableVariables(variables);
  const headers: [string, string][] = [];
  for (const [variable, header] of Object.entries(attributes)) {
    if (!Object.hasOwn(known, variable) || !isToken(header)) continue;
    const value = headerText(String(known[variable]));
    if (value !== "") headers.push([header, value]);
  }
  return Object.fromEntries(headers);
}

/** Any text as one header line: what would end the line, or is no character at all, becomes a blank. */
export function headerText(text: string): string {
  return text
    .slice(0, MAX_VALUE_CHARS)
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .trim();
}

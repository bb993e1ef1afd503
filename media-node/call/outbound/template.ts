import type { DynamicVariables } from "../../../schema/contracts/client-data.ts";

/** `{{name}}`, blanks around the name allowed; the names are those that a dynamic variable can have. */
const PLACEHOLDER = /\{\{\s*([^\s{}]{1,128})\s*\}\}/g;

/**
 * The text with every `{{name}}` replaced by the variable's value. Null when one of them is not set: what was to
 * carry it is left out. Values are data: braces in a value stay braces.
 */
export function expandTemplate(text: string, variables: DynamicVariables): string | null {
  let isComplete = true;
  const expanded = text.replace(PLACEHOLDER, (_, name: string) => {
    if (Object.hasOwn(variables, name)) return String(variables[name]);
    isComplete = false;
    return "";
  });
  return isComplete ? expanded : null;
}

/** The same of a text that is used in any case: nothing stands for a variable that is not set. */
export function fillTemplate(text: string, variables: DynamicVariables): string {
  return text.replace(PLACEHOLDER, (_, name: string) =>
    Object.hasOwn(variables, name) ? String(variables[name]) : "",
  );
}

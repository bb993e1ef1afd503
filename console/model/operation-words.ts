import { codeWords } from "./words.ts";

const DONE: Readonly<Record<string, string>> = {
  POST: "created",
  PATCH: "changed",
  PUT: "set",
  DELETE: "deleted",
};

/**
 * A request in words: `PATCH /v1/convai/phone-numbers/phnum_…` becomes `Phone number changed`, one of an action of a
 * resource `Webhook endpoint: rotate secret`. What is neither stands as it is.
 */
export function operationWords(operation: string): string {
  const [method = "", path = ""] = operation.split(" ");
  const [resource, ...rest] = path
    .split("/")
    .filter((part) => part !== "" && part !== "v1" && part !== "convai");
  const done = DONE[method];
  if (resource === undefined || done === undefined) return operation;
  const name = codeWords(resource).replace(/s$/, "");
  const actions = rest.filter((part) => !/[_{]/.test(part) && part !== "create");
  return actions.length === 0 ? `${name} ${done}` : `${name}: ${actions.map(plain).join(", ")}`;
}

function plain(action: string): string {
  return action.replaceAll("-", " ");
}

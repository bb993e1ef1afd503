declare const jsonOf: unique symbol;

/** The JSON of a `T` as it goes out, made before the request that it answers. */
export type JsonText<T> = string & { readonly [jsonOf]: T };

export function jsonText<T>(value: T): JsonText<T> {
  return JSON.stringify(value) as JsonText<T>; // by definition
}

export function parseText<T>(text: JsonText<T>): T {
  return JSON.parse(text) as T; // what it was made of
}

/** An array of texts that are there. */
export function jsonTexts<T>(texts: readonly JsonText<T>[]): JsonText<T[]> {
  return `[${texts.join(",")}]` as JsonText<T[]>; // elements of JSON between commas
}

/** An object that has an array of texts as its first member. */
export function jsonObject<K extends string, T, Rest extends object>(
  key: K,
  texts: readonly JsonText<T>[],
  rest: Rest,
): JsonText<Record<K, T[]> & Rest> {
  const others = JSON.stringify(rest).slice(1);
  return `{"${key}":${jsonTexts(texts)}${others === "}" ? "" : ","}${others}` as JsonText<
    Record<K, T[]> & Rest
  >; // a member before the others
}

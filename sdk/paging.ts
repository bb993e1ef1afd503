/**
 * Pages with a cursor, in both forms of the API: `{ data, has_more, next_cursor }`, and the vendor's, in which the
 * list has a name of its own. A page has one list.
 */

/** What the list of a page holds; never, where there is none. */
export type ItemOf<Page> = Page extends { data: readonly (infer Item)[] }
  ? Item
  : {
      [Key in keyof Page]-?: Exclude<Page[Key], undefined | null> extends readonly (infer Item)[]
        ? Item
        : never;
    }[keyof Page];

/** The elements of a page's list. @throws TypeError when it has none, or several */
export function itemsOf<Page extends object>(page: Page): readonly ItemOf<Page>[] {
  const lists = Object.values(page).filter((member) => Array.isArray(member));
  const [list] = lists;
  if (list === undefined || lists.length > 1)
    throw new TypeError("The answer is no page of one list.");
  return list;
}

/** Where the next page begins; null behind the last. */
export function nextCursorOf(page: object): string | null {
  if (Reflect.get(page, "has_more") === false) return null;
  const cursor: unknown = Reflect.get(page, "next_cursor");
  return typeof cursor === "string" && cursor !== "" ? cursor : null;
}

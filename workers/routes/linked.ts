import type { Context } from "hono";
import type { AppEnv } from "../app-type.ts";

/** The page itself; its answer leads to the next one by `Link` (RFC 8288 §3), with the query as it was. */
export function linked<
  P extends { readonly has_more: boolean; readonly next_cursor: string | null },
>(c: Context<AppEnv>, page: P): P {
  if (!page.has_more || page.next_cursor === null) return page;
  const next = new URL(c.req.url);
  next.searchParams.set("cursor", page.next_cursor);
  c.header("link", `<${next.pathname}${next.search}>; rel="next"`);
  return page;
}

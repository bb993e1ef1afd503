import type { App } from "../app-type.ts";
import { problemCatalogue } from "../errors/catalogue.ts";
import { escapeXml } from "../network/escape.ts";

const CACHE_CONTROL = "public, max-age=3600";

/** What may be wrong with a request: for programs, and for people who follow a problem's `type`. */
export function registerErrorRoutes(app: App): void {
  app.get("/errors.json", (c) => {
    const { origin } = new URL(c.req.url);
    return c.json({ errors: problemCatalogue(origin) }, 200, { "cache-control": CACHE_CONTROL });
  });

  app.get("/errors", (c) => {
    const { origin } = new URL(c.req.url);
    const sections = problemCatalogue(origin).map(
      ({ code, status, title, detail, remedy }) =>
        `<section id="${code}"><h2>${title}</h2><p><code>${code}</code>, ${status}. ${escapeXml(detail)}</p><p>${escapeXml(remedy)}</p></section>`,
    );
    return c.html(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title><h1>Errors</h1><p><a href="/errors.json">As JSON</a></p>${sections.join("")}</html>`,
      200,
      { "cache-control": CACHE_CONTROL, "content-security-policy": "default-src 'none'" },
    );
  });
}

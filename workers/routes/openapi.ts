import type { App } from "../app-type.ts";
import { renderDocsPage } from "../openapi/docs-page.ts";
import { describeApi, registerDocument } from "../openapi/document.ts";

/** `/openapi.json` and `/docs`, made when they are first asked for. To be registered behind all other routes. */
export function registerOpenApiRoutes(app: App): void {
  registerDocument(app);
  let text: string | undefined;
  let page: ReturnType<typeof renderDocsPage> | undefined;

  app.get("/openapi.json", (c) => {
    text ??= JSON.stringify(describeApi(app));
    return c.body(text, 200, {
      "content-type": "application/json",
      "access-control-allow-origin": "*",
    });
  });

  app.get("/docs", async (c) => {
    page ??= renderDocsPage(describeApi(app));
    const { text: body, contentSecurityPolicy } = await page;
    return c.body(body, 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
  });
}

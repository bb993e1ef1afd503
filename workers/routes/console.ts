import type { Context } from "hono";
import type { App, AppEnv } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";

const ROOT = "/console/";
/** What the build puts beside the page, with a digest of its content in the name (cli/start/console-bundle.ts). */
const ASSET = /^assets\/[\w-]{1,64}\.(js|css|svg)$/;
const PAGE = "index.html";

const TYPES = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
} as const satisfies Record<string, string>;

const isAssetType = (type: string): type is keyof typeof TYPES => type in TYPES;

/**
 * Nothing inline, nothing from elsewhere, and text is never made into markup (Trusted Types): what a SIP header holds
 * stays text. `blob:` is how a recording is played.
 */
const HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "media-src 'self' blob:",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(self)",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
} as const;

const ABSENT = {
  status: 404,
  code: "no_console",
  detail: "This deployment was made without the console.",
  hint: "npm run build:console",
} as const;

/** The console: its files, and its page at every other path below /console/, where its own router reads on. */
export function registerConsoleRoutes(app: App): void {
  app.get("/", (c) => c.redirect(ROOT));
  app.get("/console", (c) => c.redirect(ROOT));
  app.get(`${ROOT}*`, async (c) => {
    const name = c.req.path.slice(ROOT.length);
    return name.startsWith("assets/") ? asset(c, name) : page(c);
  });
}

async function page(c: Context<AppEnv>): Promise<Response> {
  const body = await read(c, PAGE);
  if (body === null) throw new RequestRefused(ABSENT);
  return c.body(body, 200, {
    ...HEADERS,
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-cache",
  });
}

async function asset(c: Context<AppEnv>, name: string): Promise<Response> {
  const type = ASSET.exec(name)?.[1] ?? "";
  const body = isAssetType(type) ? await read(c, name) : null;
  if (body === null || !isAssetType(type)) {
    const detail = "There is nothing at this path.";
    throw new RequestRefused({ status: 404, code: "not_found", detail });
  }
  return c.body(body, 200, {
    ...HEADERS,
    "content-type": TYPES[type],
    "cache-control": "public, max-age=31536000, immutable",
  });
}

/** Null: there is no such file. */
async function read(c: Context<AppEnv>, name: string): Promise<ReadableStream | null> {
  const answer = await c.env.ASSETS?.fetch(`http://assets/${name}`);
  if (answer === undefined || answer.status !== 200) {
    await answer?.body?.cancel();
    return null;
  }
  return answer.body;
}

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { expect } from "vitest";
import { eventually } from "./deadline.ts";

/** The console in a real browser, by role and name, with everything that it complains of. */

const CHROMIUM = "/usr/bin/chromium";
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** Null when there is a browser. */
export function whyNoBrowser(): string | null {
  return existsSync(CHROMIUM) ? null : "Debian's chromium is not installed";
}

export interface ConsolePage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser's console has complained of: errors, and what the policy has blocked. */
  readonly complaints: string[];
  /** The same without requests that were answered with this status, which the browser logs by itself. */
  unexpected(status?: number): string[];
  open(path: string): Promise<void>;
  signIn(apiKey: string): Promise<void>;
  /** In light and in dark. */
  expectAccessible(): Promise<void>;
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    // A microphone that beeps.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream"],
  });
}

/** A browser's profile of its own: no cookie of another test. */
export async function openConsole(
  browser: Browser,
  api: string,
  size: { readonly width: number; readonly height: number } = { width: 1280, height: 800 },
): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: size,
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write", "microphone"],
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
  });
  context.setDefaultTimeout(20_000);
  // Not by a script element, which the console's policy would block.
  await context.addInitScript({ content: axeSource });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return {
    page,
    context,
    complaints,
    unexpected: (status) => complaints.filter((text) => !text.includes(`status of ${status}`)),
    async open(path) {
      await page.goto(`${api}/console${path}`);
    },
    async signIn(apiKey) {
      await page.goto(`${api}/console/`);
      await page.getByLabel("API key").fill(apiKey);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Phone numbers", level: 1 }).waitFor();
    },
    async expectAccessible() {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await violations(page), `${page.url()} in ${colorScheme}`).toEqual([]);
      }
    },
    async [Symbol.asyncDispose]() {
      await context.close();
    },
  };
}

/** Resolves when nothing of the page is still asked for: a screen may ask for several things. */
export async function loaded(page: Page): Promise<void> {
  const waiting = page.getByText(/^Loading /);
  await eventually(
    async () => ((await waiting.count()) === 0 ? true : null),
    20_000,
    `${page.url()} is still loading`,
  );
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** A line for each violation of axe's rules: WCAG 2.2 A and AA, and good practice. */
async function violations(page: Page): Promise<string[]> {
  const result: AxeResult = await page.evaluate(() => Reflect.get(globalThis, "axe").run());
  return result.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`),
  );
}

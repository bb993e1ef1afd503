import type { Browser, Route, WebSocketRoute } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openConsole, startBrowser, whyNoBrowser } from "../support/browser.ts";
import { placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing = whyNoBrowser();

/** Each as the API answers it in mid-use, and what the page says of it. */
const FAULTS: readonly (readonly [number | "stopped", string, RegExp])[] = [
  [403, "scope_missing", /This key is not allowed to do that/],
  [409, "idempotency_conflict", /This does not fit what is there/],
  [422, "validation_failed", /Something has to be changed first/],
  [429, "too_many_requests", /Too many requests: try again in 3 s/],
  [500, "internal_error", /Something failed on our side/],
  [503, "database_unavailable", /The service cannot answer at the moment/],
  ["stopped", "", /The server cannot be reached/],
];

describe.skipIf(skipsFor(missing))(suiteName("the console in trouble", missing), () => {
  let trunkline: Trunkline;
  let browser: Browser;
  beforeAll(async () => {
    [trunkline, browser] = await Promise.all([startTrunkline(), startBrowser()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), trunkline?.stop()]);
  });

  it("keeps what was typed and goes on, whatever the API answers, when it is slow, and when the session is over", async () => {
    await using console = await openConsole(browser, trunkline.ready.api);
    const { page, context } = console;
    await page.clock.install();
    await console.signIn(trunkline.ready.api_key);
    await console.open("/api-keys");
    await page.getByRole("button", { name: "New key" }).click();
    const dialog = page.getByRole("dialog", { name: "New key" });
    const name = dialog.getByLabel("Name", { exact: true });
    await name.fill("Typed once");
    const send = () => dialog.getByRole("button", { name: "Make it" }).click();
    const keys: string[] = [];
    const fail = async (answer: (route: Route) => Promise<void>, title: RegExp) => {
      await page.route("**/v1/api-keys", (route) => {
        if (route.request().method() !== "POST") return route.continue();
        keys.push(route.request().headers()["idempotency-key"] ?? "");
        return answer(route);
      });
      const before = keys.length;
      await send();
      await expect.poll(() => keys.length).toBeGreaterThan(before);
      if (title.source === "slow") await page.clock.fastForward(25_000);
      const said = title.source === "slow" ? /The server did not answer in time/ : title;
      await dialog.getByRole("alert").getByText(said).waitFor();
      expect(await name.inputValue()).toBe("Typed once");
      await page.unroute("**/v1/api-keys");
    };
    for (const [status, code, title] of FAULTS) {
      await fail(
        (route) => (status === "stopped" ? route.abort() : route.fulfill(problem(status, code))),
        title,
      );
    }
    await fail(() => new Promise(() => undefined), /slow/);
    await console.expectAccessible();
    await page
      .getByText("What you typed is kept, and the console goes on")
      .waitFor({ state: "hidden" });
    await context.clearCookies();
    await send();
    const again = page.getByRole("dialog", { name: "Sign in again" });
    await again.getByLabel("API key").fill(trunkline.ready.api_key);
    await again.getByRole("button", { name: "Sign in" }).click();
    await again.waitFor({ state: "detached" });
    await send();
    await page.getByRole("row", { name: /Typed once/ }).waitFor();
    // One intention, however often it was sent: nothing is made twice.
    expect(await page.getByRole("row", { name: /Typed once/ }).count()).toBe(1);
    expect(new Set(keys).size).toBe(1);
  });

  it("keeps a list that it has, says what failed beside it, and reads it again when asked", async () => {
    await using console = await openConsole(browser, trunkline.ready.api);
    const { page } = console;
    await console.signIn(trunkline.ready.api_key);
    const row = page.getByRole("row", { name: /Demonstration agent/ }).first();
    await row.waitFor();
    let isBroken = true;
    await page.route("**/v2/phone-numbers?*", (route) =>
      isBroken ? route.fulfill(problem(403, "scope_missing")) : route.continue(),
    );
    await page.getByRole("button", { name: /^Label/ }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("This key is not allowed to do that").waitFor();
    await console.expectAccessible();
    isBroken = false;
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.waitFor({ state: "detached" });
    await row.waitFor();
  });

  it("shows a call as it rings and ends without asking, and asks while the live link is lost", async () => {
    await using console = await openConsole(browser, trunkline.ready.api);
    const { page } = console;
    let asked = 0;
    const links: WebSocketRoute[] = [];
    page.on("request", (request) => {
      if (new URL(request.url()).pathname === "/v1/calls") asked += 1;
    });
    await page.routeWebSocket("**/v1/calls/live", (socket) => {
      links.push(socket);
      socket.connectToServer();
    });
    await console.signIn(trunkline.ready.api_key);
    await console.open("/live");
    await page.getByText("Live: what changes is shown at once.").waitFor();
    asked = 0;
    const placed = placeCall(trunkline, [trunkline.ready.number, "--duration", "6"]);
    const row = page.getByRole("region", { name: "Live calls" }).getByRole("row").nth(1);
    await row.getByText("Talking").waitFor();
    await console.expectAccessible();
    expect(asked).toBe(0);
    await links.at(-1)?.close();
    await page.getByText("The live link is lost.").waitFor();
    await expect.poll(() => asked).toBeGreaterThan(0);
    await row.getByText("Talking").waitFor();
    await page.getByText("Live: what changes is shown at once.").waitFor();
    await placed;
    await page.getByText("Nobody is calling").waitFor();
    expect(console.unexpected()).toEqual([]);
  });
});

function problem(status: number, code: string) {
  return {
    status,
    headers: status === 429 ? { "retry-after": "3" } : {},
    json: { status, code, detail: "As told by a test.", title: "T", type: "about:blank" },
  };
}

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { openConsole, startBrowser, whyNoBrowser } from "../support/browser.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing = whyNoBrowser();

describe.skipIf(skipsFor(missing))(suiteName("the console: numbers", missing), () => {
  let trunkline: Trunkline;
  let browser: Browser;
  let api: ApiClient;
  beforeAll(async () => {
    [trunkline, browser] = await Promise.all([startTrunkline(), startBrowser()]);
    api = createApiClient(trunkline.ready.api, trunkline.ready.api_key);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), trunkline?.stop()]);
  });

  it("signs in by key, keeps no key in the browser, and signs out", async () => {
    await using console = await openConsole(browser, trunkline.ready.api);
    const { page, context } = console;
    await console.open("/");
    await console.expectAccessible();
    await page.getByLabel("API key").fill(`${trunkline.ready.api_key.slice(0, -1)}!`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("misspelt or cut off").waitFor();
    await console.signIn(trunkline.ready.api_key);
    await page.getByRole("heading", { name: "Phone numbers" }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify(Reflect.get(globalThis, "localStorage")));
    const cookies = await context.cookies();
    expect(kept + JSON.stringify(cookies)).not.toContain(trunkline.ready.api_key);
    expect(cookies).toMatchObject([
      { name: "trunkline_session", httpOnly: true, sameSite: "Strict", path: "/" },
    ]);
    await console.expectAccessible();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API key").waitFor();
    expect(await context.cookies()).toEqual([]);
    expect(console.complaints.filter((text) => !text.includes("status of 401"))).toEqual([]);
  });

  it("imports a trunk by keyboard alone, from a pasted URI, with errors at the fields", async () => {
    await using console = await openConsole(browser, trunkline.ready.api);
    const { page } = console;
    const { keyboard } = page;
    await console.signIn(trunkline.ready.api_key);
    await page.getByRole("button", { name: "Import SIP trunk" }).focus();
    await keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Import SIP trunk" });
    await dialog.waitFor();
    /** Goes on by Tab until the field has the focus. */
    const tabTo = async (name: string): Promise<void> => {
      const field = dialog.getByLabel(name, { exact: true });
      for (let presses = 0; presses < 60; presses += 1) {
        if (await field.evaluate((node) => node.matches(":focus"))) return;
        await keyboard.press("Tab");
      }
      throw new Error(`no way to ${name} by Tab`);
    };
    await tabTo("Phone number");
    await keyboard.type("+493012345678");
    await tabTo("Label");
    await keyboard.type("Reception");
    await tabTo("Address");
    await keyboard.insertText("<sip:trunk@sip.carrier.example:5062;transport=tcp>");
    await dialog
      .getByText("taken apart: address sip.carrier.example, transport TCP, port 5062")
      .waitFor();
    expect(await dialog.getByLabel("Address", { exact: true }).inputValue()).toBe(
      "sip.carrier.example",
    );
    expect(await dialog.getByLabel("Transport").inputValue()).toBe("tcp");
    await tabTo("Allowed addresses");
    await keyboard.type("203.0.113.9/24");
    await tabTo("Assign to agent");
    await keyboard.press("D");
    await keyboard.press("Enter");
    // The block has bits behind its prefix: said at the field, and what was typed stays.
    const addresses = dialog.getByLabel("Allowed addresses");
    await dialog.locator("[aria-invalid=true]").waitFor();
    const told = await addresses.getAttribute("aria-describedby");
    expect(await page.locator(`[id="${told?.split(" ").at(-1)}"]`).innerText()).toContain(
      "203.0.113.0/24",
    );
    await console.expectAccessible();
    await addresses.fill("203.0.113.0/24");
    await dialog.getByRole("button", { name: "Import" }).focus();
    await keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await page
      .getByRole("row", { name: /Reception/ })
      .getByText("1 address")
      .waitFor();
    const page1 = await api.get("/v1/convai/v2/phone-numbers?search=Reception");
    expect(page1.body.phone_numbers).toMatchObject([
      {
        phone_number: "+493012345678",
        outbound_trunk: {
          address: "sip.carrier.example",
          transport: "tcp",
          media_encryption: "disabled",
        },
        inbound_trunk: { allowed_addresses: ["203.0.113.0/24"], media_encryption: "required" },
        assigned_agent: { agent_name: "Demonstration agent" },
      },
    ]);
    expect(console.complaints.filter((text) => !text.includes("status of 422"))).toEqual([]);
  });
});

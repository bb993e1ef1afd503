import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiClient, createApiClient } from "../support/api-client.ts";
import { loaded, openConsole, startBrowser, whyNoBrowser } from "../support/browser.ts";
import { eventually } from "../support/deadline.ts";
import { placeCall, startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

const missing = whyNoBrowser();

/** As it would be published. */
const WEBHOOK_RANGE = {
  range_id: "range_1",
  prefix: "198.51.100.0/28",
  region: "local",
  services: ["webhook"],
  state: "active",
  active_from: "2026-01-01T00:00:00Z",
  remove_after: null,
};

describe.skipIf(skipsFor(missing))(suiteName("daily work in the console", missing), () => {
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
  const signedIn = async () => {
    const console = await openConsole(browser, trunkline.ready.api);
    await console.signIn(trunkline.ready.api_key);
    return console;
  };

  it("makes a webhook, tests it, and sends one delivery and a time of them again", async () => {
    let status = 500;
    await using receiver = await startWebhookReceiver(() => status);
    await using console = await signedIn();
    const { page } = console;
    await page.route("**/network/ip-ranges.json", (route) =>
      route.fulfill({ json: { prefixes: [WEBHOOK_RANGE], ports: [] } }),
    );
    await console.open("/webhooks");
    await page.getByRole("button", { name: "New webhook" }).click();
    const dialog = page.getByRole("dialog", { name: "New webhook" });
    await dialog.getByLabel("Name").fill("Reporting");
    await dialog.getByLabel("URL").fill("no address");
    await dialog.getByRole("button", { name: "Make it" }).click();
    await dialog.getByRole("alert").waitFor();
    expect(await dialog.getByLabel("URL").getAttribute("aria-invalid")).toBe("true");
    await dialog.getByLabel("URL").fill(receiver.url);
    await dialog.getByRole("button", { name: "Make it" }).click();
    await page.getByText("The secret that signs its deliveries.").waitFor();
    await page.getByRole("link", { name: "Reporting" }).click();
    await page.getByRole("button", { name: "Edit" }).click();
    const edit = page.getByRole("dialog", { name: "Edit Reporting" });
    await edit.getByLabel("Sent from").selectOption("static");
    const sources = edit.getByRole("region", { name: "Addresses of webhooks" });
    await sources.getByText("198.51.100.0/28").waitFor();
    await console.expectAccessible();
    await edit.getByLabel("Name").fill("Reports");
    await edit.getByRole("button", { name: "Save" }).click();
    await page.getByRole("region", { name: "Endpoint" }).getByText("Static addresses").waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Sent from").selectOption("Any address");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("region", { name: "Endpoint" }).getByText("Any address").waitFor();
    const sample = page.getByRole("region", { name: "Test event" });
    await sample.getByRole("button", { name: "Send a test event" }).click();
    await sample.getByText("It was not taken: 500.").waitFor();
    status = 200;
    await sample.getByRole("button", { name: "Send a test event" }).click();
    await sample.getByText(/It was taken: 200 after \d+ ms\./).waitFor();
    const before = receiver.received.length;
    await placeCall(trunkline, [trunkline.ready.number]);
    await eventually(
      async () => (receiver.received.length > before ? true : null),
      20_000,
      "the call's end was not told",
    );
    await page.reload();
    const row = page.getByRole("region", { name: "Deliveries" }).getByRole("row").nth(1);
    await row.getByText("Delivered").waitFor();
    await row.getByRole("button", { name: /^Look at/ }).click();
    await page
      .getByRole("region", { name: "Delivery", exact: true })
      .getByText(/webhook-id/i)
      .waitFor();
    await console.expectAccessible();
    const told = receiver.received.length;
    await row.getByRole("button", { name: /^Send again delivery 1 of / }).click();
    await eventually(
      async () => (receiver.received.length > told ? true : null),
      20_000,
      "it was not sent again",
    );
    expect(receiver.received.at(-1)?.body).toBe(receiver.received.at(-2)?.body);
    await page.getByRole("button", { name: "Send a time again" }).click();
    const range = page.getByRole("dialog", { name: "Send a time again" });
    await range.getByLabel("From").fill("2020-01-01T00:00");
    await range.getByLabel("Until").fill("2099-01-01T00:00");
    await range.getByLabel("Which").selectOption("All that have ended");
    await console.expectAccessible();
    await eventually(
      async () => {
        const waiting = await api.get("/v1/webhook-deliveries?status=pending");
        return waiting.body.data.length === 0 ? true : null;
      },
      20_000,
      "a delivery still waits",
    );
    await range.getByRole("button", { name: "Send again" }).click();
    await page.getByText("1 delivery is sent again.").waitFor();
    await page.getByRole("button", { name: "Change the secret" }).click();
    await page
      .getByRole("dialog", { name: "Change the secret" })
      .getByRole("button", { name: "Change it" })
      .click();
    await page.getByText("the old one signs beside it").waitFor();
    await page.getByText("Old secret signs until").waitFor();
    await page
      .getByRole("link", { name: /^conv_/ })
      .first()
      .click();
    await page.getByRole("tabpanel", { name: "Webhooks" }).getByText("Delivered").waitFor();
    await console.expectAccessible();
    expect(console.unexpected(422)).toEqual([]);
  });

  it("shows of each number how its trunk does, where it is and when it was called", async () => {
    const closed = "+493055555555";
    const made = await api.post("/v1/convai/phone-numbers", {
      phone_number: closed,
      label: "Closed",
      inbound_trunk_config: { allowed_addresses: ["203.0.113.0/24"] },
    });
    expect(made.status).toBe(200);
    await Promise.all([closed, trunkline.ready.number].map((to) => placeCall(trunkline, [to])));
    await using console = await signedIn();
    const { page } = console;
    const row = page.getByRole("row", { name: /Closed/ });
    await eventually(
      async () => {
        await page.reload();
        await row.waitFor();
        await loaded(page);
        await page.getByText("Working").first().waitFor();
        return (await row.getByText("Refusing calls").count()) > 0 ? true : null;
      },
      20_000,
      "the refused attempt is not told",
    );
    const called = page.getByRole("row").filter({ hasText: "Working" }).first();
    await called
      .getByRole("link")
      .filter({ has: page.locator("time") })
      .waitFor();
    const head = page.getByRole("columnheader", { name: /^Agent/ });
    await head.getByRole("button").click();
    await expect.poll(() => head.getAttribute("aria-sort")).toBe("ascending");
    await expect.poll(() => page.getByRole("row").nth(1).textContent()).toContain("Closed");
    expect(new URL(page.url()).searchParams.get("sort_by")).toBe("agent_name");
    await console.open("/calls");
    const lasted = page.getByRole("columnheader", { name: /^Lasted/ });
    const began = page.getByRole("columnheader", { name: /^Began/ });
    expect(await began.getAttribute("aria-sort")).toBe("descending");
    await lasted.getByRole("button").click();
    await expect.poll(() => lasted.getAttribute("aria-sort")).toBe("descending");
    await page.reload();
    await loaded(page);
    expect(await lasted.getAttribute("aria-sort")).toBe("descending");
    expect(await began.getAttribute("aria-sort")).toBe("none");
    await console.open("/phone-numbers");
    await page.getByLabel("Outbound").selectOption("Takes calls only");
    await page.getByRole("button", { name: /^Number/ }).click();
    await page
      .getByRole("columnheader", { name: /Number/ })
      .and(page.locator("[aria-sort=ascending]"))
      .waitFor();
    await page.getByLabel("Outbound").selectOption("Every number");
    await page.getByRole("button", { name: `Delete ${closed}` }).click();
    const confirm = page.getByRole("alertdialog");
    await confirm.getByText("Calls to it are refused from now on").waitFor();
    await console.expectAccessible();
    expect(console.unexpected()).toEqual([]);
  });

  it("makes a key with a holder, addresses and an end, changes it, and replaces it while both work", async () => {
    await using console = await signedIn();
    const { page } = console;
    await console.open("/api-keys");
    await page.getByRole("button", { name: "New key" }).click();
    const dialog = page.getByRole("dialog", { name: "New key" });
    await dialog.getByLabel("Name", { exact: true }).fill("Billing");
    await dialog.getByLabel("Whose key it is").fill("Ada");
    await dialog.getByLabel("From these addresses").fill("203.0.113.1/24");
    await dialog.getByLabel("Works until").fill("2099-01-01T12:00");
    await dialog.getByRole("button", { name: "Make it" }).click();
    await dialog.getByRole("alert").waitFor();
    const addresses = dialog.getByLabel("From these addresses");
    expect(await addresses.getAttribute("aria-invalid")).toBe("true");
    await addresses.fill("203.0.113.0/24");
    await dialog.getByRole("button", { name: "Make it" }).click();
    await page.getByText("The new key. It is shown this once.").waitFor();
    const row = page.getByRole("row", { name: /Billing/ });
    await row.getByText("203.0.113.0/24").waitFor();
    await row.getByRole("button", { name: "Edit Billing" }).click();
    const edit = page.getByRole("dialog", { name: "Edit Billing" });
    await edit.getByLabel("Whose key it is").fill("Grace");
    await edit.getByRole("button", { name: "Save" }).click();
    await row.getByText("Grace").waitFor();
    await row.getByRole("button", { name: "Replace Billing" }).click();
    const replace = page.getByRole("dialog", { name: "Replace Billing" });
    await replace.getByLabel("The old key works for").selectOption("One week");
    await console.expectAccessible();
    await replace.getByRole("button", { name: "Make the new key" }).click();
    await page.getByText("Replaces another").waitFor();
    expect(await row.filter({ hasText: "Active" }).count()).toBe(2);
    await console.expectAccessible();
    expect(console.unexpected(422)).toEqual([]);
  });
});

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderFeed } from "../../workers/network/render-feed.ts";
import { loaded, openConsole, startBrowser, whyNoBrowser } from "../support/browser.ts";
import { eventually } from "../support/deadline.ts";
import { feedDocument } from "../support/feed-document.ts";
import { startTrunkline, type Trunkline } from "../support/processes.ts";
import { skipsFor, suiteName } from "../support/skip.ts";

const missing = whyNoBrowser();

describe.skipIf(skipsFor(missing))(suiteName("trunks in the console", missing), () => {
  let trunkline: Trunkline;
  let browser: Browser;
  beforeAll(async () => {
    [trunkline, browser] = await Promise.all([startTrunkline(), startBrowser()]);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), trunkline?.stop()]);
  });
  const signedIn = async (size?: { width: number; height: number }) => {
    const console = await openConsole(browser, trunkline.ready.api, size);
    await console.signIn(trunkline.ready.api_key);
    return console;
  };

  it("are filled from what a provider publishes, compared with it, and refused where it needs a registration", async () => {
    await using console = await signedIn({ width: 320, height: 640 });
    const { page } = console;
    await page.getByRole("button", { name: "Import SIP trunk" }).click();
    const dialog = page.getByRole("dialog", { name: "Import SIP trunk" });
    const field = (name: string) => dialog.getByLabel(name, { exact: true });
    await field("Provider").selectOption("sipgate (needs a registration: not usable)");
    await dialog.getByText(/no REGISTER is sent here/).waitFor();
    await field("Phone number").fill("+493012345600");
    await dialog.getByRole("button", { name: "Import" }).click();
    await dialog.getByRole("alert").waitFor();
    expect(await field("Provider").getAttribute("aria-invalid")).toBe("true");
    await field("Provider").selectOption("Twilio Elastic SIP Trunking");
    await field("Your trunk's name at Twilio Elastic SIP Trunking").fill("acme");
    expect(await field("Address").inputValue()).toBe("acme.pstn.twilio.com");
    expect(await field("Allowed addresses").inputValue()).toContain("54.172.60.0");
    await dialog.getByText("The form agrees with what Twilio").waitFor({ state: "attached" });
    await field("Address").fill("sip.carrier.example");
    await dialog.getByText(/sip\.carrier\.example is not/).waitFor();
    await console.expectAccessible();
    expect(await dialog.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
    expect(console.unexpected(422)).toEqual([]);
  });

  it("are tested before they are saved: each stage, whose side fails, the rule to allow, and the fields' own errors", async () => {
    await using console = await signedIn();
    const { page } = console;
    await page.getByRole("button", { name: "Import SIP trunk" }).click();
    const dialog = page.getByRole("dialog", { name: "Import SIP trunk" });
    const field = (name: string) => dialog.getByLabel(name, { exact: true });
    const test = () => dialog.getByRole("button", { name: "Test", exact: true }).click();
    await field("Address").fill("sip:127.0.0.1:1;transport=tcp");
    await test();
    const stages = dialog.getByRole("region", { name: "Stages of the test" });
    await stages.getByText(/^At your (PBX|firewall|carrier)$/).waitFor();
    await stages.getByText(/^allow tcp from .* to 127\.0\.0\.1 port 1$/).waitFor();
    await stages.getByRole("button", { name: "Copy the rule to allow" }).click();
    await console.expectAccessible();
    await field("Port").fill("99999");
    await test();
    await dialog.getByRole("alert").first().waitFor();
    expect(await field("Port").getAttribute("aria-invalid")).toBe("true");
    await field("Port").fill(String(trunkline.sipPort));
    await field("Number to ring").fill(trunkline.ready.number);
    await test();
    await stages.getByText("Calls can be placed over this trunk.").waitFor();
    expect(await stages.getByRole("listitem").filter({ hasText: "Passed" }).count()).toBe(4);
    expect(console.unexpected(422)).toEqual([]);
  });

  it("come with the rows for the customer's firewall, and rules to paste into it", async () => {
    await using console = await signedIn();
    const { page } = console;
    const files = new Map((await renderFeed(feedDocument())).map((file) => [file.path, file]));
    await page.route("**/network/**", (route) => {
      const file = files.get(new URL(route.request().url()).pathname);
      return file === undefined
        ? route.fulfill({ status: 404, json: { code: "no_such_list", detail: "None." } })
        : route.fulfill({ body: file.body, contentType: file.contentType });
    });
    await page.getByRole("button", { name: "Import SIP trunk" }).click();
    const dialog = page.getByRole("dialog", { name: "Import SIP trunk" });
    await dialog.getByText("What your firewall has to let through").click();
    const rows = dialog.getByRole("region", { name: /Firewall rows of region/ });
    await rows.getByRole("row").nth(1).waitFor();
    await dialog
      .getByLabel("Rules to paste, for")
      .selectOption("nftables, nothing else allowed either way");
    await dialog
      .getByRole("region", { name: /Rules for nftables/ })
      .getByText("policy drop")
      .waitFor();
    await loaded(page);
    await dialog.getByRole("button", { name: "Copy the rules" }).click();
    const copied = await page.evaluate(() => Reflect.get(navigator, "clipboard").readText());
    expect(copied).toBe(files.get("/network/snippets/nftables")?.body);
    await console.expectAccessible();
    expect(console.unexpected()).toEqual([]);
  });

  it("are called from the page itself: the agent is heard, keys are sent, and the call is in the history with its ladder", async () => {
    await using console = await signedIn({ width: 320, height: 640 });
    const { page } = console;
    await page.getByRole("link", { name: "Demonstration agent" }).first().click();
    await page.getByRole("button", { name: "Try it" }).click();
    const dialog = page.getByRole("dialog", { name: "Try Demonstration agent" });
    await dialog.getByRole("button", { name: "Call" }).click();
    const state = dialog.getByRole("status", { name: "State of the call" });
    await state.getByText("Talking.").waitFor();
    const level = (name: string) =>
      dialog.getByRole("meter", { name }).evaluate((meter) => Number(Reflect.get(meter, "value")));
    for (const name of ["What you hear", "What you say"]) {
      const isLoud = async () => ((await level(name)) > 30 ? true : null);
      await eventually(isLoud, 10_000, `${name}: silence`);
    }
    await dialog.getByRole("button", { name: "Key 5" }).click();
    await dialog.getByText("Sent: 5").waitFor();
    await console.expectAccessible();
    expect(await dialog.evaluate((node) => node.scrollWidth - node.clientWidth)).toBe(0);
    await dialog.getByRole("button", { name: "Hang up" }).click();
    await state.getByText("Ended. You hung up.").waitFor();
    await dialog.getByRole("link", { name: "Open the call" }).click();
    const verdict = page.getByRole("region", { name: "Verdict" });
    await verdict.getByText("The caller hung up.").waitFor();
    await verdict.getByText(/Yes, both ways/).waitFor();
    const rungs = page.getByRole("region", { name: "SIP messages" });
    const ladder = async () => {
      await page.reload();
      await page.getByRole("tab", { name: "SIP ladder" }).click();
      await loaded(page);
      return (await rungs.getByRole("button", { name: /BYE/ }).count()) > 0 ? true : null;
    };
    await eventually(ladder, 10_000, "the messages did not come");
    // Once, at the called end; and not a word of what the node knows its own call by.
    const invite = rungs.getByRole("button", { name: /INVITE from Caller/ });
    expect(await invite.count()).toBe(1);
    await invite.click();
    await page.getByText("Authorization: [redacted]").waitFor();
    expect(console.unexpected()).toEqual([]);
  });
});

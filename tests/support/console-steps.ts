import type { ConsolePage } from "./browser.ts";

/** Imports +493012345678 as "Reception" with the demonstration agent, by keyboard alone; an error at a field on the way. */
export async function importByKeyboard({ page, expectAccessible }: ConsolePage): Promise<void> {
  const { keyboard } = page;
  await page.getByRole("button", { name: "Import SIP trunk" }).focus();
  await keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Import SIP trunk" });
  await dialog.waitFor();
  /** Goes on by Tab until it has the focus. */
  const tabTo = async (target: ReturnType<typeof dialog.getByLabel>): Promise<void> => {
    for (let presses = 0; presses < 80; presses += 1) {
      if (await target.evaluate((node) => node.matches(":focus"))) return;
      await keyboard.press("Tab");
    }
    throw new Error(`no way to ${target} by Tab`);
  };
  const field = (name: string) => dialog.getByLabel(name, { exact: true });
  await tabTo(field("Phone number"));
  await keyboard.type("+493012345678");
  await tabTo(field("Label"));
  await keyboard.type("Reception");
  await tabTo(field("Address"));
  await keyboard.insertText("<sip:trunk@sip.carrier.example:5062;transport=tcp>");
  await dialog.getByText("address sip.carrier.example, transport TCP, port 5062").waitFor();
  await tabTo(field("Allowed addresses"));
  await keyboard.type("127.0.0.1/8");
  await tabTo(field("Assign to agent"));
  await keyboard.type("Demo");
  const submit = dialog.getByRole("button", { name: "Import" });
  await tabTo(submit);
  await keyboard.press("Enter");
  // The block has bits behind its prefix: it is said at the field, with what would pass.
  await dialog
    .getByText(/127\.0\.0\.0\/8/)
    .first()
    .waitFor();
  const addresses = field("Allowed addresses");
  if ((await addresses.getAttribute("aria-invalid")) !== "true")
    throw new Error("no error at the field");
  await expectAccessible();
  await tabTo(addresses);
  await keyboard.press("Control+A");
  await keyboard.type("127.0.0.0/8");
  await tabTo(submit);
  await keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await page
    .getByRole("row", { name: /Reception/ })
    .getByText("1 address")
    .waitFor();
}

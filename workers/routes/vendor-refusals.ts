import { VENDOR_OPERATIONS } from "../../schema/contracts/vendor-operations.ts";
import type { App } from "../app-type.ts";
import { RequestRefused } from "../errors/refusal.ts";

/** What the vendor offers and we do not: a client hears why, and what to do instead. */
export function registerVendorRefusals(app: App): void {
  for (const { method, note, path, state } of VENDOR_OPERATIONS) {
    if (state !== "refused") continue;
    app.on(method, path.replaceAll(/\{(\w+)\}/g, ":$1"), async (c) => {
      // A client that is still sending when its connection ends reads no answer; limitBody has bounded it.
      await c.req.arrayBuffer();
      throw new RequestRefused({ status: 400, code: "not_supported", detail: note });
    });
  }
}

import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { draftOf, linesOf, updateBody } from "./trunk-form.ts";

/** The change that lets one more source in, and leaves the rest of the trunk as it is. */
export function allowedAddressBody(
  number: PhoneNumberView,
  address: string,
): Record<string, unknown> {
  const draft = draftOf(number);
  const addresses = [...new Set([...linesOf(draft.allowedAddresses), address])];
  const { inbound_trunk_config: inbound } = updateBody(
    { ...draft, allowedAddresses: addresses.join("\n") },
    number,
  );
  return { inbound_trunk_config: inbound };
}

import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/** The groups of an E.164 number in its own plan: `+49`, `30`, `1234567`. Together they are the number. */
export function phoneGroups(number: string): readonly string[] {
  const groups = parsePhoneNumberFromString(number)
    ?.formatInternational()
    .split(/[^\d+]+/)
    .filter(Boolean);
  return groups?.join("") === number ? groups : [number];
}

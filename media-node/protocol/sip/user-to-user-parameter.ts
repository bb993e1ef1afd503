/** Data for the far side of a transfer, as a parameter of Refer-To (RFC 7433 §4.1). */
export interface UserToUserData {
  readonly data: string;
  /** Two hex digits (ITU-T Q.931 §4.5.30); null: none, as some platforms want it. */
  readonly protocolDiscriminator: string | null;
  /** Before the data, or as the parameter `pd`. */
  readonly discriminatorForm: "prefix" | "parameter";
}

/** What other platforms accept, in octets of UTF-8. */
const MAX_OCTETS = 256;

/** `<hex>;encoding=hex`; null when the data is empty or longer than 256 octets, which is then not sent at all. */
export function writeUserToUser(value: UserToUserData): string | null {
  const octets = Buffer.from(value.data, "utf8");
  if (octets.length === 0 || octets.length > MAX_OCTETS) return null;
  const hex = octets.toString("hex");
  const { protocolDiscriminator: discriminator } = value;
  if (discriminator === null) return `${hex};encoding=hex`;
  return value.discriminatorForm === "prefix"
    ? `${discriminator}${hex};encoding=hex`
    : `${hex};pd=${discriminator};encoding=hex`;
}

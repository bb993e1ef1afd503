import type { SdpAttribute, SdpConnection, SessionDescription } from "./session-description.ts";

/** The text of a description, CRLF at every line's end (RFC 4566, now 8866 §9). */
export function writeSessionDescription(description: SessionDescription): string {
  const { origin } = description;
  const lines = [
    "v=0",
    `o=${origin.username} ${origin.sessionId} ${origin.sessionVersion} ${connection(origin.connection)}`,
    `s=${description.sessionName}`,
  ];
  if (description.connection !== null) lines.push(`c=${connection(description.connection)}`);
  lines.push(`t=${description.timing}`);
  lines.push(...description.attributes.map(attribute));
  for (const media of description.media) {
    const ports = media.portCount === 1 ? `${media.port}` : `${media.port}/${media.portCount}`;
    lines.push(`m=${media.media} ${ports} ${media.protocol} ${media.formats.join(" ")}`);
    if (media.connection !== null) lines.push(`c=${connection(media.connection)}`);
    lines.push(...media.attributes.map(attribute));
  }
  return `${lines.join("\r\n")}\r\n`;
}

function connection({ addressType, address }: SdpConnection): string {
  return `IN ${addressType} ${address}`;
}

function attribute({ name, value }: SdpAttribute): string {
  return value === null ? `a=${name}` : `a=${name}:${value}`;
}

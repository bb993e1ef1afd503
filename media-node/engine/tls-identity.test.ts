import { expect, test } from "vitest";
import { checkPeerIdentity, TlsIdentityError } from "./tls-identity.ts";

test.for([
  ["sip.example.com", "DNS:sip.example.com", true],
  ["SIP.Example.com.", "DNS:sip.example.com", true],
  ["sip.example.com", "URI:sip:sip.example.com", true],
  ["sip.example.com", "URI:sip:user@sip.example.com", false],
  ["sip.example.com", "URI:https://sip.example.com", false],
  ["acme.pstn.example.com", "DNS:*.pstn.example.com", true],
  ["a.b.pstn.example.com", "DNS:*.pstn.example.com", false],
  ["pstn.example.com", "DNS:*.pstn.example.com", false],
  ["acme.pstn.example.com", "DNS:a*.pstn.example.com", false],
  ["example.com", "DNS:*.com", false],
  ["192.0.2.1", "IP Address:192.0.2.1", true],
  ["192.0.2.1", "DNS:*.0.2.1", false],
  ["[2001:db8::1]", "IP Address:2001:DB8:0:0:0:0:0:1", true],
  ["evil.example", 'DNS:"good.example, DNS:evil.example"', false],
  ["sip.example.com", "", false],
] as const)("%s against %s: %s (RFC 5922 §7)", ([host, subjectaltname, isMatch]) => {
  const outcome = checkPeerIdentity(host, { subjectaltname });
  if (isMatch) expect(outcome).toBe(undefined);
  else expect(outcome).toBeInstanceOf(TlsIdentityError);
});

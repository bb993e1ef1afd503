import { describe, expect, test } from "vitest";
import { referredTarget } from "./referred-target.ts";

const RULES = ["+4930*", "100", "sip:desk@pbx.example"];
const OWN_HOSTS = ["203.0.113.5", "2001:db8::5", "Carrier.Test"];
const target = (text: string) => referredTarget(text, RULES, OWN_HOSTS);

describe("the target of a peer's REFER", () => {
  test.each([
    ["tel:+49-30-1234", "+49301234"],
    ["sip:+49301234@203.0.113.5", "+49301234"],
    ["sip:+49301234@[2001:db8::5]:5061", "+49301234"],
    ["sip:%2B49301234@carrier.test", "+49301234"],
    ["sip:+49301234;npdi@carrier.test", "+49301234"],
    ["sip:100@elsewhere.example;user=phone", "100"],
  ])("%s is the phone number %s", (text, number) => {
    expect(target(text)).toEqual({ kind: "phone", number, name: number });
  });

  test.each([
    ["sip:desk@PBX.example:5080;transport=tcp", "sip:desk@PBX.example:5080"],
    ["sips:desk@pbx.example", "sip:desk@pbx.example"],
  ])("%s is asked for as %s", (text, uri) => {
    expect(target(text)).toEqual({ kind: "sip_uri", number: "desk", uri, name: uri });
  });

  test.each([
    "tel:+4940",
    "sip:+4940@203.0.113.5",
    // Whose number it is, this host has not been asked.
    "sip:+49301234@elsewhere.example",
    "sip:desk@carrier.test",
    "sip:desk@evil.example;user=phone",
  ])("%s is not allowed", (text) => {
    expect(target(text)).toBe("destination_not_allowed");
  });

  test.each(["tel:+4930;phone-context=x", "sip:pbx.example", "mailto:a@b.example"])(
    "%s is nobody to be dialled",
    (text) => {
      expect(target(text)).toBe("not_dialable");
    },
  );
});

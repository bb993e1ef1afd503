import { describe, expect, it } from "vitest";
import { parseCidr } from "./cidr.ts";
import { checkAgainstPreset, fillFromPreset } from "./preset-check.ts";
import { findPreset, PROVIDER_PRESETS } from "./provider-presets.ts";
import { parseSipHost } from "./sip-host.ts";

function preset(id: string) {
  const found = findPreset(id);
  if (found === null) throw new Error(`no preset ${id}`);
  return found;
}

function codes(id: string, outbound: object | null, inbound: object | null = null) {
  return checkAgainstPreset(preset(id), { outbound, inbound }).map(({ code }) => code);
}

describe("provider presets", () => {
  it("name each provider once, with an https source of what they say", () => {
    const ids = PROVIDER_PRESETS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { sources } of PROVIDER_PRESETS) {
      for (const { says, url } of sources) {
        expect(URL.parse(url)?.protocol).toBe("https:");
        expect(says).not.toBe("");
      }
    }
  });

  it("hold addresses and blocks in the form that a trunk takes", () => {
    for (const { inbound, outbound } of PROVIDER_PRESETS) {
      for (const address of inbound?.addresses ?? []) expect(parseCidr(address)).toBe(address);
      const host = outbound?.address?.replace("{name}", "acme");
      if (host !== undefined) expect(parseSipHost(host)).toEqual({ ok: true, host });
    }
  });

  it("that want a registration have a reason and nothing to fill in", () => {
    const refused = PROVIDER_PRESETS.filter(({ kind }) => kind === "registration_only");
    expect(refused.map(({ id }) => id).sort()).toEqual([
      "fritzbox",
      "nfon",
      "peoplefone",
      "placetel",
      "sipgate",
    ]);
    for (const one of refused) {
      expect(one.reason).toContain("REGISTER");
      expect(fillFromPreset(one)).toBeNull();
      expect(checkAgainstPreset(one, { outbound: null, inbound: null })).toMatchObject([
        { code: "registration_only" },
      ]);
    }
  });

  it("that are filled in contradict themselves nowhere", () => {
    for (const one of PROVIDER_PRESETS) {
      const fill = fillFromPreset(one);
      if (fill === null) continue;
      const settings = {
        outbound: fill.outbound_trunk_config && {
          ...fill.outbound_trunk_config,
          credentials: true,
        },
        inbound: fill.inbound_trunk_config,
      };
      expect([one.id, checkAgainstPreset(one, settings)]).toEqual([one.id, []]);
    }
  });

  it.each([
    ["twilio", { address: "acme.pstn.frankfurt.twilio.com", transport: "tls" }, []],
    ["twilio", { address: "nottwilio.com" }, ["address_elsewhere"]],
    ["easybell", { address: "secure.sip.easybell.de", transport: "tcp" }, ["transport_not_taken"]],
    ["exotel", { address: "192.0.2.1", transport: "tcp" }, ["port_differs"]],
    ["exotel", { address: "192.0.2.1", transport: "tcp", port: 5070 }, []],
    ["didww", { address: "sg.out.didww.com", credentials: false }, ["credentials_missing"]],
    ["vonage", { enabled_codecs: ["PCMA/8000"] }, []],
    ["3cx", { address: "pbx.example.com", transport: "udp" }, []],
  ])("%s and %j: %j", (id, outbound, expected) => {
    expect(codes(id, outbound)).toEqual(expected);
  });

  it("a list of sources must hold all that the provider calls from, a wider one does", () => {
    const allowed = (blocks: string[]) => codes("telnyx", null, { allowed_addresses: blocks });
    expect(allowed(["192.76.120.10"])).toEqual(["source_not_allowed"]);
    expect(allowed(["0.0.0.0/0"])).toEqual([]);
    expect(allowed([])).toEqual([]);
  });
});

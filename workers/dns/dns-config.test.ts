import { describe, expect, test } from "vitest";
import { parseWorkerConfig } from "../env.ts";
import { bindings } from "../hub/test-fixture.ts";

const DNS = {
  DNS_ZONE_ID: "Z0123456789",
  DNS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  DNS_SECRET_ACCESS_KEY: "a very secret key",
  DNS_DOMAIN: "example.net",
  DNS_NAMES: '{"sip.example.net":["us","eu"],"sip.us.residency.example.net":["us"]}',
};

const parse = (change: Record<string, string | undefined>) =>
  parseWorkerConfig({ ...bindings, ...DNS, ...change } as typeof bindings).dns;

describe("the bindings of the DNS reconciler", () => {
  test("say zone, names, regions, and have defaults for the rest", () => {
    expect(parse({})).toMatchObject({
      zoneId: "Z0123456789",
      endpoint: null,
      domain: "example.net",
      names: [
        { name: "sip.example.net", regions: ["us", "eu"] },
        { name: "sip.us.residency.example.net", regions: ["us"] },
      ],
      ttlSecs: 60,
      transports: ["tls", "tcp"],
    });
    expect(parse({ SIP_UDP: "1" })?.transports).toEqual(["tls", "tcp", "udp"]);
    expect(parse({ DNS_TRANSPORTS: "tls", SIP_UDP: "1", DNS_TTL: "30" })).toMatchObject({
      transports: ["tls"],
      ttlSecs: 30,
    });
  });

  test("without a zone there is none", () => {
    expect(parse({ DNS_ZONE_ID: undefined })).toBeNull();
  });

  test("that are wrong are named, and no value of theirs", () => {
    const wrong: readonly [Record<string, string | undefined>, string][] = [
      [{ DNS_ZONE_ID: "/hostedzone/Z1" }, "DNS_ZONE_ID"],
      [{ DNS_SECRET_ACCESS_KEY: undefined }, "DNS_SECRET_ACCESS_KEY"],
      [{ DNS_NAMES: undefined }, "DNS_NAMES"],
      [{ DNS_NAMES: "sip.example.net" }, "DNS_NAMES"],
      [{ DNS_NAMES: "{}" }, "DNS_NAMES"],
      [{ DNS_NAMES: '{"sip.example.net":[]}' }, "DNS_NAMES"],
      [{ DNS_NAMES: '{"sip.example.org":["us"]}' }, "not below DNS_DOMAIN"],
      [{ DNS_DOMAIN: "Example.net" }, "DNS_DOMAIN"],
      [{ DNS_TTL: "5" }, "DNS_TTL"],
      [{ DNS_TRANSPORTS: "tls,ws" }, "DNS_TRANSPORTS"],
      [{ DNS_ENDPOINT: "route53" }, "DNS_ENDPOINT"],
    ];
    for (const [change, named] of wrong) {
      const message = catchMessage(() => parse(change));
      expect(message).toContain(named);
      expect(message).not.toContain("a very secret key");
    }
  });

  test("keep their secret out of what is printed", () => {
    expect(JSON.stringify(parse({}))).not.toContain("a very secret key");
  });
});

function catchMessage(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "nothing was wrong";
}

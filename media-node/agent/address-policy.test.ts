import type { LookupAddress } from "node:dns";
import { describe, expect, test } from "vitest";
import { createAddressPolicy } from "./address-policy.ts";

const strict = createAddressPolicy({ allowLoopback: false });

describe("an address", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["[::1]", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["192.168.1.1", "private"],
    ["169.254.169.254", "linkLocal"],
    ["100.64.0.1", "carrierGradeNat"],
    ["0.0.0.0", "unspecified"],
    ["224.0.0.1", "multicast"],
    ["255.255.255.255", "broadcast"],
    ["192.0.2.1", "reserved"],
    ["[fe80::1]", "linkLocal"],
    ["[fd00:ec2::254]", "uniqueLocal"],
    ["[::ffff:10.0.0.1]", "private"],
    ["[64:ff9b::a00:1]", "rfc6052"],
    ["[2002:a00:1::]", "6to4"],
  ])("%s is refused (%s)", (host, range) => {
    expect(strict.refusalOf(host)).toContain(`(${range})`);
  });

  test.each(["8.8.8.8", "[2606:4700::1111]", "agent.example.com"])("%s is not refused", (host) => {
    expect(strict.refusalOf(host)).toBeNull();
  });

  test("of this machine is allowed by configuration, and no other", () => {
    const policy = createAddressPolicy({ allowLoopback: true });
    expect(policy.refusalOf("127.0.0.1")).toBeNull();
    expect(policy.refusalOf("[::1]")).toBeNull();
    expect(policy.refusalOf("10.0.0.1")).not.toBeNull();
    expect(policy.refusalOf("169.254.169.254")).not.toBeNull();
  });
});

describe("a name", () => {
  /** What `net.connect` is given for a name that resolves to these addresses. */
  function lookUp(addresses: LookupAddress[], all: boolean): Promise<unknown> {
    const resolve = ((_name: string, _options: object, callback: (...result: unknown[]) => void) =>
      callback(null, addresses)) as never; // only the form with `all` is used
    const { lookup } = createAddressPolicy({ allowLoopback: false, resolve });
    return new Promise((done) => {
      lookup("agent.example.com", { all }, (error, address, family) =>
        done(error?.message ?? { address, family }),
      );
    });
  }

  test("is refused when one of its addresses is, wherever it stands", async () => {
    const addresses = [
      { address: "8.8.8.8", family: 4 },
      { address: "fd00::1", family: 6 },
    ];
    const refusal = "agent.example.com: fd00::1 is not a public address (uniqueLocal)";
    expect(await lookUp(addresses, true)).toBe(refusal);
    expect(await lookUp(addresses.toReversed(), false)).toBe(refusal);
  });

  test("connects to the addresses that were checked, in both forms of the callback", async () => {
    const addresses = [{ address: "8.8.8.8", family: 4 }];
    expect(await lookUp(addresses, true)).toEqual({ address: addresses, family: undefined });
    expect(await lookUp(addresses, false)).toEqual({ address: "8.8.8.8", family: 4 });
  });

  test("without an address is an error", async () => {
    expect(await lookUp([], true)).toBe("agent.example.com has no address");
  });
});

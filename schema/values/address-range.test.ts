import { expect, test } from "vitest";
import { specialRangeOf } from "./address-range.ts";

test.each([
  ["127.0.0.1", "loopback"],
  ["127.255.0.9", "loopback"],
  ["::1", "loopback"],
  ["10.1.2.3", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "carrierGradeNat"],
  ["100.100.100.200", "carrierGradeNat"],
  ["169.254.169.254", "linkLocal"],
  ["fe80::1", "linkLocal"],
  ["fe80::1%eth0", "linkLocal"],
  ["fd00:ec2::254", "uniqueLocal"],
  ["fec0::1", "deprecatedSiteLocal"],
  ["224.0.0.1", "multicast"],
  ["ff02::1", "multicast"],
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "unspecified"],
  ["::", "unspecified"],
  ["255.255.255.255", "broadcast"],
  ["192.0.2.1", "reserved"],
  ["240.0.0.1", "reserved"],
  ["::ffff:10.0.0.1", "private"],
  ["::ffff:a9fe:a9fe", "linkLocal"],
  ["::10.0.0.1", "private"],
  // As a URL has it: IPv4-compatible, in the form that names no IPv4 address.
  ["::7f00:1", "reserved"],
  ["::a9fe:a9fe", "reserved"],
  ["64:ff9b::a00:1", "rfc6052"],
  ["2002:a00:1::", "6to4"],
  ["2001:0:a00:1::", "teredo"],
  ["nowhere", "malformed"],
  ["", "malformed"],
])("%s is in a special range (%s)", (address, range) => {
  expect(specialRangeOf(address)).toBe(range);
});

test.each(["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])("%s is public", (address) => {
  expect(specialRangeOf(address)).toBeNull();
});

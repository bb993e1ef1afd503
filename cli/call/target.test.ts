import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, onTestFinished, test } from "vitest";
import { identifyProcess } from "../start/process-identity.ts";
import { resolveTarget } from "./target.ts";

const NOWHERE = { state: "/nonexistent" };

/** A state directory whose system is this process, or one that has been replaced. */
function stateOf(startTicksOffset = 0): string {
  const state = mkdtempSync(join(tmpdir(), "trunkline-target-"));
  onTestFinished(() => rmSync(state, { recursive: true }));
  const self = identifyProcess("supervisor", process.pid);
  if (self === null) throw new Error("/proc does not show this process");
  const runtime = {
    version: 1,
    supervisor: { ...self, startTicks: self.startTicks + startTicksOffset },
    api: "http://127.0.0.1:1",
    admin: "http://127.0.0.1:2",
    sip: { host: "127.0.0.1", port: 5060 },
    sips: { host: "::1", port: 5061 },
    tlsCa: "/state/ca.pem",
    sipDomain: "sip.localhost",
    number: "+15005550100",
  };
  writeFileSync(join(state, "runtime.json"), JSON.stringify(runtime));
  return state;
}

test("a number goes to the running system, by the transport asked for, under its authority", () => {
  const state = stateOf();
  expect(resolveTarget("+15005550100", { state })).toEqual({
    requestUri: "sip:+15005550100@sip.localhost",
    nextHop: "sip:[::1]:5061;transport=tls",
    transport: "tls",
    host: "::1",
    caFile: "/state/ca.pem",
  });
  expect(resolveTarget("1", { state, transport: "tcp", ca: "x.pem" })).toMatchObject({
    nextHop: "sip:127.0.0.1:5060;transport=tcp",
    caFile: "x.pem",
  });
});

test("when nothing runs, also when its number is somebody else's now, one sentence says what to do", () => {
  const sentence = /^Nothing runs with the state directory .*run `npm start` first/;
  expect(() => resolveTarget("1", NOWHERE)).toThrow(sentence);
  expect(() => resolveTarget("1", { state: stateOf(1) })).toThrow(sentence);
});

test("a number goes to a proxy by name, with characters escaped that would end the user part", () => {
  const proxy = { host: "sip.example.com", port: 5061 };
  expect(resolveTarget("a b@c>#1", { ...NOWHERE, proxy })).toEqual({
    requestUri: "sip:a%20b%40c%3E%231@sip.example.com:5061;transport=tls",
    nextHop: null,
    transport: "tls",
    host: "sip.example.com",
    caFile: null,
  });
});

test("a SIP URI chooses target and transport itself", () => {
  expect(resolveTarget("sip:+1500@10.0.0.1:5070;transport=tcp", NOWHERE)).toMatchObject({
    requestUri: "sip:+1500@10.0.0.1:5070;transport=tcp",
    nextHop: null,
    transport: "tcp",
    host: "10.0.0.1",
  });
  expect(resolveTarget("sip:+1500@example.com", NOWHERE)).toMatchObject({
    requestUri: "sip:+1500@example.com;transport=tls",
  });
  const proxy = { host: "10.0.0.9", port: 5060 };
  expect(resolveTarget("sip:1@example.com;transport=tcp", { ...NOWHERE, proxy })).toMatchObject({
    nextHop: "sip:10.0.0.9:5060;transport=tcp",
    host: "10.0.0.9",
  });
});

test.each([
  ["sip:1@example.com;transport=udp", /asks for udp/],
  ["sip:example.com", /names nobody/],
  ["sip:1@", /cannot be called/],
  ["sips:1@example.com", /--transport for tcp/],
])("%s is refused in words", (uri, message) => {
  expect(() => resolveTarget(uri, { ...NOWHERE, transport: "tcp" })).toThrow(message);
});

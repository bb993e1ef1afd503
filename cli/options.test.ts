import { expect, test } from "vitest";
import type { CallOptions } from "./call/call-options.ts";
import { createProgram } from "./command-line.ts";
import type { ControlPlaneOptions, MigrateOptions } from "./control-plane/control-plane-options.ts";
import type { DoctorOptions } from "./doctor/doctor-options.ts";
import type { EnrolOptions } from "./enrol/enrol-options.ts";
import type { OperatorAction } from "./operate/operator-action.ts";
import { isLoopback, parseHeader, parseHostPort, parsePort, parsePortRange } from "./options.ts";
import type { StartOptions } from "./start/start-options.ts";

type Parsed =
  | { verb: "start"; options: StartOptions }
  | { verb: "call"; target: string; options: CallOptions }
  | { verb: "doctor"; target: string | undefined; options: DoctorOptions }
  | { verb: "enrol"; options: EnrolOptions }
  | { verb: "control-plane"; folder: string; options: ControlPlaneOptions }
  | { verb: "migrate"; options: MigrateOptions }
  | { verb: "operate"; action: OperatorAction };

/** What a command line means, or the text that commander prints about it. */
async function parse(...args: string[]): Promise<Parsed | string> {
  let parsed: Parsed | undefined;
  let errors = "";
  const program = createProgram(
    {
      start: async (options) => {
        parsed = { verb: "start", options };
      },
      call: async (target, options) => {
        parsed = { verb: "call", target, options };
      },
      doctor: async (target, options) => {
        parsed = { verb: "doctor", target, options };
      },
      enrol: async (options) => {
        parsed = { verb: "enrol", options };
      },
      controlPlane: async (folder, options) => {
        parsed = { verb: "control-plane", folder, options };
      },
      migrate: async (options) => {
        parsed = { verb: "migrate", options };
      },
      operate: async (action) => {
        parsed = { verb: "operate", action };
      },
    },
    { runVerb: async () => undefined, runProfile: async () => undefined },
  );
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeErr: (text) => (errors += text) });
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch {
    return errors;
  }
  return parsed ?? errors;
}

test("start without options has the documented defaults", async () => {
  expect(await parse("start")).toEqual({
    verb: "start",
    options: {
      state: ".trunkline",
      apiHost: "127.0.0.1",
      apiPort: 8787,
      sipPort: 5060,
      sipsPort: 5061,
      rtpPorts: { low: 10_000, high: 10_999 },
      adminPort: 9091,
      bind: "127.0.0.1",
      json: false,
    },
  });
});

test("call takes every option of a phone, and headers more than once", async () => {
  expect(
    await parse(
      ...["call", "+15005550100", "--proxy", "[::1]:5061", "--ca", "ca.pem", "--transport", "tcp"],
      ...["--srtp", "disabled", "--play", "a.wav", "--record", "b.wav", "--dtmf", "12#a"],
      ...["--duration", "2.5", "--header", "X-Foo: bar", "--header", "X-Call-ID:7", "--json"],
    ),
  ).toEqual({
    verb: "call",
    target: "+15005550100",
    options: {
      state: ".trunkline",
      proxy: { host: "::1", port: 5061 },
      ca: "ca.pem",
      transport: "tcp",
      srtp: "disabled",
      expect: "echo",
      play: "a.wav",
      record: "b.wav",
      dtmf: "12#A",
      duration: 2.5,
      header: [
        { name: "X-Foo", value: "bar" },
        { name: "X-Call-ID", value: "7" },
      ],
      from: "trunkline-call",
      json: true,
    },
  });
});

test.each([
  [["start", "--sip-port", "70000"], "It is not a port from 0 to 65535."],
  [["start", "--sip-port", "-1"], "It is not a port from 0 to 65535."],
  [["start", "--rtp-ports", "10001-10999"], "It does not begin with an even port."],
  [["start", "--rtp-ports", "10000"], "It is not a range such as 10000-10999."],
  [["start", "--bind", "localhost"], "It is not an IPv4 or IPv6 address."],
  [["call", "1", "--proxy", "127.0.0.1"], "It is not host:port, for example 127.0.0.1:5061."],
  [["call", "1", "--srtp", "maybe"], "Allowed choices are required, allowed, disabled."],
  [["call", "1", "--dtmf", "1E"], "It holds something else than 0-9 * # A-D."],
  [["call", "1", "--duration", "0"], "It is not a number of seconds up to 3600."],
  [["call", "1", "--header", "X-A: 1", "--header", "x-a: 2"], "It gives x-a a second time."],
  [["start", "--state", ""], "It names no path."],
  [["call", "1", "--state", ""], "It names no path."],
  [["call", "1", "--from", "a>\r\nX-Evil: 1"], "It is not the user part of a SIP URI."],
  [["call", "1", "--from", "a@b"], "It is not the user part of a SIP URI."],
  [["call"], "missing required argument 'target'"],
  [["ring"], "unknown command 'ring'"],
])("%j is refused in words", async (args, message) => {
  expect(await parse(...args)).toContain(message);
});

test.each([
  "X-Foo: bar\r\nX-Evil: 1",
  "X-Foo: bar\nVia: x",
  "X-Foo: a\u0000b",
  "Call-ID: 7",
  "i: 7",
  "ROUTE: <sip:evil>",
  "Proxy-Authorization: Basic x",
  "no colon",
  ": empty",
  "X Foo: bar",
])("a header that could change what the call is, is refused: %j", (text) => {
  expect(() => parseHeader(text)).toThrow();
});

test("hosts, ports and ranges are read exactly", () => {
  expect(parseHostPort("sip.example.com:5061")).toEqual({ host: "sip.example.com", port: 5061 });
  for (const text of ["a:b:1", "::1:5061", "[a]:1", "host:0", "host:", ":5"]) {
    expect(() => parseHostPort(text), text).toThrow();
  }
  expect(parsePort("0")).toBe(0);
  for (const text of ["", "1e3", " 1", "0x10", "123456"]) expect(() => parsePort(text)).toThrow();
  expect(parsePortRange("0")).toEqual({ low: 0, high: 0 });
  expect(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "10.0.0.1", "::", "localhost"].some(isLoopback)).toBe(false);
});

test("doctor examines what is named, else the system that runs here, over what the DNS says", async () => {
  expect(await parse("doctor", "sip.example.com", "--transport", "tcp", "--json")).toMatchObject({
    target: "sip.example.com",
    options: { transport: "tcp", json: true },
  });
  const plain = await parse("doctor");
  expect(plain).toMatchObject({ verb: "doctor", options: { state: ".trunkline", json: false } });
  expect(plain).not.toHaveProperty("options.transport");
  expect(await parse("doctor", "--transport", "sctp")).toContain("Allowed choices");
});

test("enrol wants to know everything, and takes no token on its command line", async () => {
  const rest = ["--token-file", "t", "--address", "192.0.2.1", "--identity", "i"];
  const named = [...rest, "--name", "eu-1"];
  const url = "https://control.example.net";
  expect(await parse("enrol", "--control-plane", url, ...named)).toMatchObject({
    verb: "enrol",
    options: { controlPlane: new URL(url), name: "eu-1", address: "192.0.2.1", tokenFile: "t" },
  });
  expect(await parse("enrol", "--control-plane", "ftp://x", ...named)).toContain("https:");
  expect(await parse("enrol", "--control-plane", url, ...rest, "--name", "a b")).toContain("64");
  expect(await parse("enrol", "--control-plane", url, ...rest)).toContain("--name");
  expect(await parse("enrol", "--control-plane", url, ...named, "--token", "x")).toContain(
    "unknown",
  );
});

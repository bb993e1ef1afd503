import process from "node:process";
import { Command, CommanderError, Option } from "commander";
import type { CallOptions } from "./call/call-options.ts";
import type { EnrolOptions } from "./enrol/enrol-options.ts";
import { EXIT } from "./exit-status.ts";
import {
  collectHeaders,
  parseAddress,
  parseDigits,
  parseHostPort,
  parseHttpUrl,
  parseNodeName,
  parsePath,
  parsePort,
  parsePortRange,
  parseSeconds,
  parseUser,
} from "./options.ts";
import type { StartOptions } from "./start/start-options.ts";
import { createTerminal, type Terminal } from "./terminal.ts";
import { UserError } from "./user-error.ts";

export interface CommandLineContext {
  /** npm is the parent: when it is gone, nobody is left to stop us. */
  readonly startedByNpm: boolean;
  readonly noColor: boolean;
}

/** Runs one command; resolves with the exit status. */
export async function runCommandLine(
  args: readonly string[],
  context: CommandLineContext,
): Promise<number> {
  const terminal = createTerminal(process.stdout, process.stderr, context.noColor);
  let status: number = EXIT.ok;
  const program = createProgram({
    // Each verb is loaded when it is used: a call needs no bundler, a start no phone.
    start: async (options) => {
      const { runStart } = await import("./start/start.ts");
      status = await runStart(options, terminal, context);
    },
    call: async (target, options) => {
      const { runCall } = await import("./call/run-call.ts");
      status = await runCall(target, options, terminal);
    },
    enrol: async (options) => {
      const { runEnrol } = await import("./enrol/run-enrol.ts");
      status = await runEnrol(options, terminal);
    },
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    return explain(error, terminal);
  }
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UserError) {
    terminal.say(terminal.paint("red", error.message));
    return EXIT.error;
  }
  terminal.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.error;
}

export interface Verbs {
  start(options: StartOptions): Promise<void>;
  call(target: string, options: CallOptions): Promise<void>;
  enrol(options: EnrolOptions): Promise<void>;
}

/** The grammar of the command line. Commander prints usage errors itself, on stderr. */
export function createProgram(verbs: Verbs): Command {
  const program = new Command("trunkline")
    .description("Connects phone numbers to AI voice agents over SIP trunks.")
    .exitOverride()
    .showHelpAfterError("(--help lists the options)");

  program
    .command("start")
    .description("Run the whole system on this machine until Ctrl-C.")
    .option("--state <dir>", "state directory", parsePath, ".trunkline")
    .addOption(new Option("--api-host <address>", "API host: loopback only").default("127.0.0.1"))
    .option("--api-port <port>", "HTTP API; 0 is any, as for every port", parsePort, 8787)
    .option("--sip-port <port>", "SIP over TCP", parsePort, 5060)
    .option("--sips-port <port>", "SIP over TLS", parsePort, 5061)
    .addOption(
      new Option("--rtp-ports <range>", "RTP and RTCP; 0 is any free range of 200")
        .argParser(parsePortRange)
        .default({ low: 10_000, high: 10_999 }, "10000-10999"),
    )
    .option("--admin-port <port>", "health and metrics", parsePort, 9091)
    .option("--bind <address>", "address for SIP and RTP", parseAddress, "127.0.0.1")
    .option(
      "--advertise <address>",
      "address told to peers, behind a 1:1 NAT (default: --bind)",
      parseAddress,
    )
    .option(
      "--carrier-ca <file>",
      "PEM authorities that carriers' certificates are checked against (default: the system's)",
      parsePath,
    )
    .option("--json", "print one line of JSON when ready", false)
    .action((options: StartOptions) => verbs.start(options));

  program
    .command("call")
    .description("Place a call with a small SIP phone, and check what is heard.")
    .argument("<target>", "a number or a SIP URI, e.g. +15005550100")
    .option("--state <dir>", "state directory of the running system", parsePath, ".trunkline")
    .option("--proxy <host:port>", "SIP server to call instead", parseHostPort)
    .option("--ca <file>", "PEM authorities that the server's certificate is checked against")
    .addOption(
      new Option("--transport <transport>", "of SIP (default: tls)").choices(["tcp", "tls"]),
    )
    .addOption(
      new Option("--srtp <policy>", "encryption of media")
        .choices(["required", "allowed", "disabled"])
        .default("required"),
    )
    .addOption(
      new Option("--expect <what>", "what must be heard for status 0")
        .choices(["echo", "agent", "nothing"])
        .default("echo"),
    )
    .option("--play <file>", "WAV to play after the greeting instead of the probe")
    .option("--record <file>", "WAV to write what is heard to")
    .option("--dtmf <digits>", "digits to send after the greeting", parseDigits)
    .option("--duration <seconds>", "hang up after this time", parseSeconds)
    .addOption(
      new Option("--header <header>", "'X-Foo: bar', added to the INVITE; repeatable")
        .argParser(collectHeaders)
        .default([], "none"),
    )
    .option("--bind <address>", "local address for SIP and RTP", parseAddress)
    .option("--from <user>", "user part of From", parseUser, "trunkline-call")
    .option("--user <name>", "user name for a server that asks (default: --from)")
    .option("--password-file <file>", "its first line answers a digest challenge", parsePath)
    .option("--json", "print one JSON object at the end", false)
    .action((target: string, options: CallOptions) => verbs.call(target, options));

  program
    .command("enrol")
    .description("Make this machine a media node: exchange a join token for an identity.")
    .requiredOption("--control-plane <url>", "of the control plane", parseHttpUrl)
    .requiredOption("--token-file <file>", "holds the join token, good for one node", parsePath)
    .requiredOption("--name <name>", "what people tell the node by", parseNodeName)
    .requiredOption("--address <address>", "that peers see the node at", parseAddress)
    .requiredOption("--identity <file>", "to write; a secret", parsePath)
    .option("--ca <file>", "PEM authorities of the control plane (default: the system's)")
    .action((options: EnrolOptions) => verbs.enrol(options));

  return program;
}

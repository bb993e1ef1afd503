import process from "node:process";
import { Command, CommanderError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import { type ApiRunners, addApiVerbs } from "./api/add-api-verbs.ts";
import type { ApiEnvironment } from "./api/connection.ts";
import type { CallOptions } from "./call/call-options.ts";
import type { ControlPlaneOptions, MigrateOptions } from "./control-plane/control-plane-options.ts";
import type { DoctorOptions } from "./doctor/doctor-options.ts";
import type { EnrolOptions } from "./enrol/enrol-options.ts";
import { EXIT } from "./exit-status.ts";
import { addOperatorVerbs, type OperatorAction } from "./operate/operator-action.ts";
import {
  collectHeaders,
  collectText,
  parseAddress,
  parseDigits,
  parseDomain,
  parseHostPort,
  parseHttpUrl,
  parseNodeName,
  parsePath,
  parsePort,
  parsePortRange,
  parseResidency,
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
  readonly api: ApiEnvironment;
}

/** What a machine with a checkout can do; each resolves with the exit status. */
export type MachineVerbs = (
  terminal: Terminal,
  context: CommandLineContext,
) => {
  readonly [Name in keyof Verbs]: (...args: Parameters<Verbs[Name]>) => Promise<number>;
};

/** Runs one command; resolves with the exit status. */
export async function runCommandLine(
  args: readonly string[],
  context: CommandLineContext,
  machineVerbs: MachineVerbs,
): Promise<number> {
  const terminal = createTerminal(process.stdout, process.stderr, context.noColor);
  let status: number = EXIT.ok;
  const { start, call, doctor, enrol, controlPlane, migrate, operate } = machineVerbs(
    terminal,
    context,
  );
  const program = createProgram(
    {
      start: async (options) => {
        status = await start(options);
      },
      call: async (target, options) => {
        status = await call(target, options);
      },
      doctor: async (target, options) => {
        status = await doctor(target, options);
      },
      enrol: async (options) => {
        status = await enrol(options);
      },
      controlPlane: async (folder, options) => {
        status = await controlPlane(folder, options);
      },
      migrate: async (options) => {
        status = await migrate(options);
      },
      operate: async (action) => {
        status = await operate(action);
      },
    },
    {
      runVerb: async (verb, options) => {
        const { runApiVerb } = await import("./api/session.ts");
        const interrupted = new AbortController();
        // Once: a verb that does not end then is ended by the next.
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
          process.once(signal, () => interrupted.abort());
        }
        const parts = { terminal, environment: context.api, signal: interrupted.signal };
        status = await runApiVerb(verb, options, parts);
      },
      runProfile: async (verb) => {
        status = await verb(terminal, context.api);
      },
    },
  );
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
    return error.exitStatus;
  }
  terminal.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.error;
}

export interface Verbs {
  start(options: StartOptions): Promise<void>;
  call(target: string, options: CallOptions): Promise<void>;
  doctor(target: string | undefined, options: DoctorOptions): Promise<void>;
  enrol(options: EnrolOptions): Promise<void>;
  controlPlane(folder: string, options: ControlPlaneOptions): Promise<void>;
  migrate(options: MigrateOptions): Promise<void>;
  operate(action: OperatorAction): Promise<void>;
}

/** The grammar of the command line. Commander prints usage errors itself, on stderr. */
export function createProgram(verbs: Verbs, runners: ApiRunners): Command {
  const program = new Command("trunkline")
    .description("Connects phone numbers to AI voice agents over SIP trunks.")
    .version(manifest.version, "--version", "print the version")
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
    .command("doctor")
    .description("Examine the way to a SIP endpoint, and say whose side a fault is on.")
    .argument("[target]", "a SIP URI or host[:port]; none: the system that runs here")
    .option("--state <dir>", "state directory of the running system", parsePath, ".trunkline")
    .option("--ca <file>", "PEM authorities that the endpoint's certificate is checked against")
    .addOption(
      new Option("--transport <transport>", "of SIP (default: as the DNS says)").choices([
        "tcp",
        "tls",
        "udp",
      ]),
    )
    .option("--json", "print one JSON object at the end", false)
    .option("--stun-port <port>", "UDP port that answers STUN (default: 3478)", parsePort)
    .option("--no-echo", "place no call to the endpoint's echo")
    .option("--api <url>", "the API's origin, where the report of the call is read")
    .option("--feed <place>", "URL or file of ip-ranges.json: faults then name published blocks")
    .action((target: string | undefined, options: DoctorOptions) => verbs.doctor(target, options));

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

  program
    .command("control-plane")
    .description("Write what workerd needs to run the control plane on a machine of your own.")
    .argument("<folder>", "to write it to", parsePath)
    .requiredOption(
      "--database-url <url>",
      "of libSQL: http:, or https: at a public address",
      parseHttpUrl,
    )
    .requiredOption("--sip-domain <domain>", "under which callers dial", parseDomain)
    .requiredOption(
      "--residency <name>",
      "that the databases and regions belong to",
      parseResidency,
    )
    .requiredOption("--listen <host:port>", "of the API", parseHostPort)
    .option("--tls-cert <file>", "PEM of the certificate and its chain", parsePath)
    .option("--tls-key <file>", "PEM of its private key", parsePath)
    .option("--behind-proxy", "a proxy in front ends TLS and sets X-Forwarded-Proto", false)
    .option(
      "--objects <dir>",
      "of the Durable Objects (default: objects, below the folder)",
      parsePath,
    )
    .option("--secret <name>", "a further one that is there; repeatable", collectText, [])
    .option("--var <name=text>", "a variable of wrangler.toml; repeatable", collectText, [])
    .action((folder: string, options: ControlPlaneOptions) => verbs.controlPlane(folder, options));

  program
    .command("migrate")
    .description("Bring the schema of a control plane's database up to date.")
    .requiredOption("--database-url <url>", "of libSQL", parseHttpUrl)
    .option("--token-file <file>", "holds the database's token", parsePath)
    .action((options: MigrateOptions) => verbs.migrate(options));

  addApiVerbs(program, runners);
  addOperatorVerbs(program, verbs.operate);
  return program;
}

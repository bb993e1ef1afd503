import { type Command, InvalidArgumentError } from "commander";
import { parseHttpUrl, parsePath } from "../options.ts";
import type { ApiOptions, ApiVerb } from "./session.ts";

/** Verbs below a noun, each with the options that all of them have. */

/** Runs a verb; what it answers becomes the exit status. */
export type RunVerb = (verb: ApiVerb, options: ApiOptions) => Promise<void>;

/** A verb that is being described. */
interface VerbBuilder<Options extends ApiOptions> {
  argument(name: string, description: string): VerbBuilder<Options>;
  option<T>(
    flags: string,
    description: string,
    parse?: (text: string, previous: T) => T,
    preset?: T,
  ): VerbBuilder<Options>;
  /** What it does, from its options and arguments. */
  verb(make: (options: Options, args: readonly string[]) => ApiVerb): void;
}

export type AddVerb = <Options extends ApiOptions = ApiOptions>(
  noun: Command,
  name: string,
  description: string,
) => VerbBuilder<Options>;

export function createAddVerb(run: RunVerb): AddVerb {
  return <Options extends ApiOptions>(noun: Command, name: string, description: string) => {
    const command = noun
      .command(name)
      .description(description)
      .option("--json", "data as JSON", false)
      .option("--curl", "print the request as a curl command and send nothing", false)
      .option("--api-url <url>", "of the API (or TRUNKLINE_API_URL)", parseHttpUrl)
      .option("--key-file <file>", "holds the API key (or TRUNKLINE_API_KEY)", parsePath)
      .option("--profile <name>", "API and key of a profile (or TRUNKLINE_PROFILE)")
      .option("--state <dir>", "state directory of the running system", parsePath, ".trunkline");
    const builder: VerbBuilder<Options> = {
      argument(argument, text) {
        command.argument(argument, text);
        return builder;
      },
      option(flags, text, parse, preset) {
        if (parse === undefined) command.option(flags, text);
        else command.option(flags, text, parse, preset);
        return builder;
      },
      verb(make) {
        // Commander gives the arguments as text, behind them the options, and itself.
        command.action((...given: unknown[]) => {
          const options: Options = command.opts();
          const args = given.filter((one) => typeof one === "string");
          return run(make(options, args), options);
        });
      },
    };
    return builder;
  };
}

/** 1 to 100,000. */
export function parseLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 100_000) {
    throw new InvalidArgumentError("It is not a number from 1 to 100000.");
  }
  return limit;
}

export async function take<T>(values: AsyncIterable<T>, limit: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const value of values) {
    taken.push(value);
    if (taken.length >= limit) break;
  }
  return taken;
}

import type { Command } from "commander";
import { ProblemError, type paths } from "../../sdk/trunkline.ts";
import { EXIT } from "../exit-status.ts";
import { parsePath } from "../options.ts";
import { UsageError } from "../user-error.ts";
import { readJsonFile } from "./input.ts";
import { linesOf } from "./ndjson.ts";
import { idOf } from "./numbers.ts";
import type { ApiOptions, ApiSession } from "./session.ts";
import type { AddVerb } from "./verbs.ts";

type Operation = paths["/v1/trunk-tests"]["post"];
type TrunkTest = Operation["requestBody"]["content"]["application/json"];
type TrunkTestLine = Operation["responses"][200]["content"]["application/x-ndjson"];

interface TestOptions extends ApiOptions {
  readonly config?: string;
  readonly invite?: string;
  readonly caller?: string;
}

/** `trunkline trunks …` */
export function addTrunkVerbs(program: Command, add: AddVerb): void {
  const trunks = program.command("trunks").description("Ways to carriers and PBXs.");

  add<TestOptions>(
    trunks,
    "test",
    "Has a node try a trunk, stage by stage: DNS, TCP, TLS, OPTIONS, digest.",
  )
    .argument("[number]", "whose outbound trunk is tested: its identifier, or as it was imported")
    .option(
      "--config <file>",
      "JSON of a trunk that is not stored, as outbound_trunk_config",
      parsePath,
    )
    .option("--invite <number>", "ring this number, and hang up at the first ring")
    .option("--caller <user>", "user part of From")
    .verb(
      (options, [number]) =>
        (session) =>
          testTrunk(session, options, number),
    );
}

async function testTrunk(
  session: ApiSession,
  { caller, config, invite }: TestOptions,
  number: string | undefined,
): Promise<number> {
  if ((number === undefined) === (config === undefined)) {
    throw new UsageError("Name either a number or a file with --config.");
  }
  const body = {
    ...(number === undefined ? {} : { phone_number_id: await idOf(session.api, number) }),
    // What is wrong in it the API tells, field by field.
    ...(config === undefined
      ? {}
      : {
          outbound_trunk_config: (await readJsonFile(config)) as NonNullable<
            TrunkTest["outbound_trunk_config"]
          >,
        }),
    ...(caller === undefined ? {} : { caller }),
    ...(invite === undefined ? {} : { invite: { to: invite } }),
  };
  const answer = await session.api.raw.POST("/v1/trunk-tests", {
    body,
    headers: { accept: "application/x-ndjson" },
    parseAs: "stream",
  });
  if (!answer.response.ok) {
    throw new ProblemError(answer.response.status, answer.error, answer.response.headers);
  }
  let verdict: number = EXIT.error;
  for await (const line of linesOf(answer.data)) {
    // What the document says of this answer; the API is tested against the same document.
    const told = line as TrunkTestLine;
    session.printLine(told, textOf(told));
    if (told.type === "end") verdict = statusOf(told.verdict);
  }
  return verdict;
}

function textOf(line: TrunkTestLine): string {
  switch (line.type) {
    case "start":
      return `test ${line.trunk_test_id} by node ${line.node_id} in ${line.region}`;
    case "stage": {
      const { detail, duration_ms: ms, failure, stage, status, warning } = line;
      const parts = [
        `${status.padEnd(8)}${stage.padEnd(9)}${`${ms} ms`.padStart(9)}  ${detail}`,
        ...(failure === null ? [] : [`  whose side: ${failure.side}. ${failure.hint}`]),
        ...(warning === null ? [] : [`  warning: ${warning}`]),
      ];
      return parts.join("\n");
    }
    case "end":
      return line.failed_stage === null ? line.verdict : `${line.verdict} at ${line.failed_stage}`;
    default:
      return line satisfies never;
  }
}

function statusOf(verdict: "passed" | "failed" | "incomplete"): number {
  switch (verdict) {
    case "passed":
      return EXIT.ok;
    case "failed":
      return EXIT.checkFailed;
    case "incomplete":
      return EXIT.error;
    default:
      return verdict satisfies never;
  }
}

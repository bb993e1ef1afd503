import process from "node:process";
import { apiEnvironmentOf } from "./api-environment.ts";
import { type MachineVerbs, runCommandLine } from "./command-line.ts";
import { EXIT } from "./exit-status.ts";

/** The `trunkline` command as the npm package has it: everything that needs the API alone. */

const machineVerbs: MachineVerbs = (terminal) => {
  const refuse = (verb: string) => async (): Promise<number> => {
    terminal.say(
      `\`trunkline ${verb}\` runs parts of the system itself, which this package does not hold: it needs a checkout of Trunkline on Linux x64, with Node 24 and what \`npm ci\` installs there. Run it there as \`npx trunkline ${verb}\`.`,
    );
    return EXIT.error;
  };
  return {
    start: refuse("start"),
    call: refuse("call"),
    doctor: refuse("doctor"),
    enrol: refuse("enrol"),
    controlPlane: refuse("control-plane"),
    migrate: refuse("migrate"),
    operate: ({ kind }) => refuse(kind.replace("_", " "))(),
  };
};

process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
const { NO_COLOR: noColor } = process.env;
process.exitCode = await runCommandLine(
  process.argv.slice(2),
  {
    startedByNpm: false,
    noColor: noColor !== undefined && noColor !== "",
    api: apiEnvironmentOf(process.env),
  },
  machineVerbs,
);

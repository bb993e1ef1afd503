import { enableCompileCache } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";

// Only what every Node that can read TypeScript also has: the rest is loaded after the check.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `Trunkline needs Node 24; run it with \`npm start\` or \`npx trunkline\` (this is ${process.versions.node}).\n`,
  );
  process.exit(1);
}

// What is compiled and stripped of its types once need not be again: a start takes a fifth less.
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/trunkline", import.meta.url)));

// A wrapper under an older Node keeps a channel open: its end is our end, like a hang-up.
if (process.channel) {
  process.channel.unref();
  process.once("disconnect", () => process.kill(process.pid, "SIGHUP"));
}

// A terminal that is gone must not end the process before it has stopped its children.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

const { runCommandLine } = await import("./command-line.ts");
const { machineVerbs } = await import("./machine-verbs.ts");
const { apiEnvironmentOf } = await import("./api-environment.ts");
const { npm_lifecycle_event: npmScript, NO_COLOR: noColor } = process.env;
process.exitCode = await runCommandLine(
  process.argv.slice(2),
  {
    startedByNpm: npmScript !== undefined,
    noColor: noColor !== undefined && noColor !== "",
    api: apiEnvironmentOf(process.env),
  },
  machineVerbs,
);
process.exit();

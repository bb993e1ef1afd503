#!/usr/bin/env node
// Plain JavaScript, so that any Node from 20 on can read it: everything else needs Node 24.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const NEEDED_MAJOR = 24;
const major = Number(process.versions.node.split(".")[0]);

if (major >= NEEDED_MAJOR) {
  await import("./main.ts");
} else {
  runWithBundledNode();
}

function runWithBundledNode() {
  const node = ["../node_modules/.bin/node", "../../.bin/node"]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  if (node === undefined) {
    process.stderr.write(
      `Trunkline needs Node ${NEEDED_MAJOR}, this is ${process.versions.node} and the package's own Node is missing: run \`npm ci\` without --omit=optional, on Linux x64.\n`,
    );
    process.exit(1);
  }
  // The channel tells the child when this process dies, however it dies.
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(node, [main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  // A terminal signals the child as well; what is sent to this process alone is passed on.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`The package's own Node did not start: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

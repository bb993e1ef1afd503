import process from "node:process";
import { fuzzApi } from "./api-fuzz/program.ts";
import { fuzzSip } from "./sip-fuzz-program.ts";

/** `npm run fuzz [-- sip|api] [--seed 7] …`; without a name it is SIP. */
const [name, ...args] = process.argv.slice(2);
if (name === "api") await fuzzApi(args);
else await fuzzSip(name === "sip" ? args : process.argv.slice(2));

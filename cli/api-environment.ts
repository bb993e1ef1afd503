import { homedir } from "node:os";
import { join } from "node:path";
import type { ApiEnvironment } from "./api/connection.ts";

/** From the environment of the process, which only the entries of the command read. */
export function apiEnvironmentOf(
  env: Readonly<Record<string, string | undefined>>,
): ApiEnvironment {
  const config = env["XDG_CONFIG_HOME"];
  // XDG Base Directory Specification: a path that is not absolute counts as none.
  const base = config?.startsWith("/") === true ? config : join(homedir(), ".config");
  return {
    apiUrl: env["TRUNKLINE_API_URL"],
    apiKey: env["TRUNKLINE_API_KEY"],
    profile: env["TRUNKLINE_PROFILE"],
    configFolder: join(base, "trunkline"),
  };
}

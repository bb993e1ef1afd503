import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { findRuntime } from "../runtime-file.ts";
import { readSecretFile } from "../secret-file.ts";
import { readFileIfThere, stateDirectoryAt, writeFileWhole } from "../start/state-directory.ts";
import { UserError } from "../user-error.ts";

/** Which API a command speaks to, and with which key. A key comes from a file or the environment, never as an argument. */

export interface ConnectionOptions {
  /** Of the API. */
  readonly apiUrl?: URL;
  /** Its first line is the key. */
  readonly keyFile?: string;
  readonly profile?: string;
  /** State directory of a system on this machine. */
  readonly state: string;
}

/** What of the environment decides. */
export interface ApiEnvironment {
  readonly apiUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  readonly profile?: string | undefined;
  /** Folder of the file of profiles. */
  readonly configFolder: string;
}

export interface Connection {
  readonly baseUrl: string;
  /** Null: none was given, which is enough for what is open to anybody. */
  readonly apiKey: string | null;
}

const profilesSchema = z.record(z.string(), z.object({ apiUrl: z.string(), apiKey: z.string() }));
export type Profiles = z.infer<typeof profilesSchema>;

const developmentSchema = z.object({ apiKey: z.string().nullable() });

const DEFAULT_PROFILE = "default";

/**
 * The first of: what options and environment name, a named profile, the system that runs here, the profile `default`.
 * @throws UserError when none of them says where the API is, or a file cannot be read
 */
export async function resolveConnection(
  options: ConnectionOptions,
  environment: ApiEnvironment,
): Promise<Connection> {
  const named = namedConnection(options, environment);
  // A key that was given for this command is stronger than the one that belongs to the place.
  const apiKey =
    options.keyFile === undefined
      ? environment.apiKey
      : (await readSecretFile(options.keyFile, "an API key")).reveal();
  return apiKey === undefined || apiKey === "" ? named : { ...named, apiKey };
}

function namedConnection(options: ConnectionOptions, environment: ApiEnvironment): Connection {
  const url = options.apiUrl?.href ?? environment.apiUrl;
  if (url !== undefined && url !== "") return { baseUrl: withoutSlash(url), apiKey: null };
  const profile = options.profile ?? environment.profile;
  if (profile !== undefined && profile !== "") {
    const found = readProfiles(environment.configFolder)[profile];
    if (found !== undefined) return ofProfile(found);
    throw new UserError(
      `There is no profile ${profile} in ${profilesFile(environment.configFolder)}: make it with \`trunkline profiles set ${profile} --api-url URL --key-file FILE\`.`,
    );
  }
  const runtime = findRuntime(options.state);
  if (runtime !== null) {
    return { baseUrl: runtime.api, apiKey: developmentKey(options.state) };
  }
  const preset = readProfiles(environment.configFolder)[DEFAULT_PROFILE];
  if (preset !== undefined) return ofProfile(preset);
  throw new UserError(
    `No API is named, and no system runs with the state directory ${stateDirectoryAt(options.state).root}: name one with --api-url, --profile or TRUNKLINE_API_URL, or run \`npm start\`.`,
  );
}

function ofProfile({ apiUrl, apiKey }: Profiles[string]): Connection {
  return { baseUrl: apiUrl, apiKey };
}

/** Of the embedded default, which lies in a file of its owner. */
function developmentKey(statePath: string): string | null {
  const text = readFileIfThere(stateDirectoryAt(statePath).secretsFile);
  const parsed = developmentSchema.safeParse(parseJson(text ?? "null"));
  return parsed.success ? parsed.data.apiKey : null;
}

function profilesFile(configFolder: string): string {
  return join(configFolder, "profiles.json");
}

/** @throws UserError when the file can be read by others, or is none of ours */
export function readProfiles(configFolder: string): Profiles {
  const path = profilesFile(configFolder);
  const text = readFileIfThere(path);
  if (text === null) return {};
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new UserError(
      `${path} can be read by other users: run \`chmod 600 ${path}\`, and replace its keys if others had access.`,
    );
  }
  const parsed = profilesSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  // zod's own message would quote the file.
  throw new UserError(`${path} is no file of profiles: mend it, or remove it and make them anew.`);
}

export function writeProfiles(configFolder: string, profiles: Profiles): void {
  writeFileWhole(profilesFile(configFolder), `${JSON.stringify(profiles, null, 2)}\n`, 0o600);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

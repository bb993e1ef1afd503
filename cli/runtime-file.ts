import { z } from "zod";
import { isRunning, processIdentitySchema } from "./start/process-identity.ts";
import { readFileIfThere, stateDirectoryAt } from "./start/state-directory.ts";
import { UserError } from "./user-error.ts";

const listenerSchema = z.object({ host: z.string(), port: z.number().int() });

/** What a running system tells other commands. Holds no secret. */
const runtimeSchema = z.object({
  version: z.literal(1),
  supervisor: processIdentitySchema,
  api: z.string(),
  admin: z.string(),
  sip: listenerSchema,
  sips: listenerSchema,
  tlsCa: z.string(),
  sipDomain: z.string(),
  number: z.string(),
});
export type Runtime = z.infer<typeof runtimeSchema>;

/** The system that runs with this state directory, or null. */
export function findRuntime(statePath: string): Runtime | null {
  const text = readFileIfThere(stateDirectoryAt(statePath).runtimeFile);
  const runtime = text === null ? null : parseRuntime(text);
  return runtime !== null && isRunning(runtime.supervisor) ? runtime : null;
}

/**
 * The system that runs with this state directory; `otherwise` is what the user may do where none does.
 * @throws UserError when none does
 */
export function readRuntime(statePath: string, otherwise: string): Runtime {
  const runtime = findRuntime(statePath);
  if (runtime !== null) return runtime;
  throw new UserError(
    `Nothing runs with the state directory ${stateDirectoryAt(statePath).root}: run \`npm start\` first, or ${otherwise}.`,
  );
}

function parseRuntime(text: string): Runtime | null {
  try {
    return runtimeSchema.parse(JSON.parse(text));
  } catch {
    return null; // of another version, or cut short: the system that wrote it is not running
  }
}

import { z } from "zod";
import { isRunning, processIdentitySchema, signalGroup } from "../start/process-identity.ts";
import { readFileIfThere, stateDirectoryAt } from "../start/state-directory.ts";

/**
 * Ends the control plane of a running system, whose supervisor starts it again within a second with the
 * keys that are in the file then. Calls go on meanwhile. False: nothing runs.
 */
export async function restartControlPlane(statePath: string): Promise<boolean> {
  const text = readFileIfThere(stateDirectoryAt(statePath).childrenFile);
  const children = z.array(processIdentitySchema).safeParse(text === null ? [] : JSON.parse(text));
  const workerd = children.data?.find(({ name }) => name === "workerd");
  if (workerd === undefined || !isRunning(workerd)) return false;
  // Asked to stop, it would wait for as long as a client keeps a connection; it may be killed at any point.
  signalGroup(workerd, "SIGKILL");
  return true;
}

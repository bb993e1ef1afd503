import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { enrolNode } from "../../media-node/control/enrol.ts";
import { ControlPlaneFault } from "../../media-node/control/http-client.ts";
import { EXIT } from "../exit-status.ts";
import { readSecretFile, readTextFile } from "../secret-file.ts";
import type { Terminal } from "../terminal.ts";
import { UserError } from "../user-error.ts";
import type { EnrolOptions } from "./enrol-options.ts";

/**
 * Exchanges a join token for the identity of a media node and keeps that in a file of its owner only. The file is
 * made before the token is spent, and has its name only when it is whole.
 * @throws UserError
 */
export async function runEnrol(options: EnrolOptions, terminal: Terminal): Promise<number> {
  const { controlPlane, tokenFile, identity, ca: caFile, name, address } = options;
  const token = await readSecretFile(tokenFile, "the join token");
  const ca = caFile === undefined ? {} : { ca: await readTextFile(caFile, "the authorities") };
  const partial = `${identity}.partial`;
  const file = await create(partial, identity);
  try {
    const enrolled = await enrolNode({
      controlPlaneUrl: controlPlane.href,
      joinToken: token.reveal(),
      name,
      publicAddress: address,
      ...ca,
    });
    await file.writeFile(`${JSON.stringify(enrolled)}\n`);
    await file.sync();
    await file.close();
    await rename(partial, identity);
    terminal.say(`Enrolled as ${enrolled.nodeId} in ${enrolled.region}: ${identity}`);
    return EXIT.ok;
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    if (error instanceof ControlPlaneFault) throw new UserError(error.message, { cause: error });
    throw error;
  }
}

/** @throws UserError when there is an identity already, or none can be written */
async function create(partial: string, identity: string): Promise<FileHandle> {
  try {
    const existing = await open(identity, constants.O_RDONLY).catch(() => null);
    if (existing !== null) {
      await existing.close();
      throw new UserError(`${identity} is there: the node is enrolled. Remove it to enrol anew.`);
    }
    return await open(partial, "w", 0o600);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${identity} cannot be written (${codeOf(error)}).`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "failed";
}

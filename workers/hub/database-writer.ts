import { DurableObject } from "cloudflare:workers";
import { openCommitConnection } from "../db/commit-group.ts";
import { GroupWriter } from "../db/group-writer.ts";
import type { WriteOutcome, WriteUnit } from "../db/write-unit.ts";
import { libsqlSettings } from "../deps.ts";
import { type Env, parseWorkerConfig } from "../env.ts";
import { log } from "../log.ts";
import type { DatabaseWriterRpc } from "../objects-rpc.ts";

/**
 * The one object through which every write of a residency's database goes, because sqld stops for ever
 * under parallel writers. It keeps nothing: what is queued is known to its callers, who are told.
 */
export class DatabaseWriter extends DurableObject<Env> implements DatabaseWriterRpc {
  readonly #writer: GroupWriter;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#writer = new GroupWriter({
      connection: openCommitConnection(libsqlSettings(env, parseWorkerConfig(env))),
      clock: () => Date.now(),
      pause: (ms) => new Promise((resume) => setTimeout(resume, ms)),
      log: (event, fields) => log("warn", event, fields),
    });
  }

  write(unit: WriteUnit): Promise<WriteOutcome> {
    return this.#writer.write(unit);
  }
}

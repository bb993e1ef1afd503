// biome-ignore lint/style/noRestrictedImports: of the modules of Node this one is the Workers runtime's too.
import { AsyncLocalStorage } from "node:async_hooks";
import { newId } from "../../schema/values/ids.ts";
import type { AuditEntry, Writer } from "../db/write-unit.ts";

/** The change that a request asks for, as the audit log is to tell it. */
export interface RequestedChange {
  readonly entry: Omit<AuditEntry, "id" | "before">;
  /** What the resource was. A write waits for it, so that it was read before. */
  readonly before: Promise<string | null>;
  /** Whether a row of the log was written with something that the request has changed. */
  isWritten: boolean;
}

/**
 * What each request that changes something asks for, while it is worked on. The change and no more: a store
 * that leads to the request's own promises, as Hono's context does, is never freed by workerd (12 kB a request).
 */
const changes = new AsyncLocalStorage<RequestedChange>();

/** Whatever `work` writes through an `auditedWriter` is told of as this change. */
export function asChange<T>(change: RequestedChange, work: () => Promise<T>): Promise<T> {
  return changes.run(change, work);
}

/** Writes a row of the audit log with every unit, in its transaction, while a request asks for it. */
export function auditedWriter(writer: Writer): Writer {
  return {
    async write(unit) {
      const change = changes.getStore();
      if (change === undefined) return writer.write(unit);
      // A second unit of the request comes after its own first one: only that is held against the tag.
      const unchangedSince = change.isWritten ? null : change.entry.unchangedSince;
      const before = await change.before;
      const audit = { ...change.entry, id: newId("auditEntry"), before, unchangedSince };
      const outcome = await writer.write({ ...unit, audit });
      if (outcome.ok) change.isWritten = true;
      return outcome;
    },
  };
}

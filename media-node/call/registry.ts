import type { CallId } from "../../schema/values/ids.ts";
import type { CallControl } from "./call-control.ts";
import type { CallEndCode } from "./call-ends.ts";

/** A call as others may see and end it. */
export interface LiveCall {
  readonly callId: CallId;
  readonly direction: "inbound" | "outbound";
  /** Milliseconds of wall time. */
  readonly startedAtMs: number;
  end(code: CallEndCode, detail: string): void;
  readonly control: CallControl;
}

/** Every call of this node, from its INVITE until its record is saved and its resources are free. */
export interface CallRegistry extends Iterable<LiveCall> {
  readonly count: number;
  /** Null when the node has no such call, any more or at all. */
  find(callId: CallId): LiveCall | null;
  /** Dispose when nothing of the call is left. */
  add(call: LiveCall): Disposable;
  /** Resolves when no call is left. */
  untilEmpty(): Promise<void>;
  /** Ends every call and resolves when all of them are gone, those included that are added meanwhile. */
  endAll(code: CallEndCode): Promise<void>;
}

export function createCallRegistry(): CallRegistry {
  const gone = new Map<LiveCall, PromiseWithResolvers<void>>();
  /** Those that are there now. */
  const allGone = () => Promise.all([...gone.values()].map(({ promise }) => promise));
  const byId = new Map<CallId, LiveCall>();
  return {
    get count() {
      return gone.size;
    },
    add(call) {
      const entry = Promise.withResolvers<void>();
      gone.set(call, entry);
      byId.set(call.callId, call);
      return {
        [Symbol.dispose]() {
          gone.delete(call);
          byId.delete(call.callId);
          entry.resolve();
        },
      };
    },
    async untilEmpty() {
      while (gone.size > 0) await allGone();
    },
    find: (callId) => byId.get(callId) ?? null,
    async endAll(code) {
      while (gone.size > 0) {
        for (const call of gone.keys()) call.end(code, "every call is ended");
        await allGone();
      }
    },
    [Symbol.iterator]: () => [...gone.keys()].values(),
  };
}

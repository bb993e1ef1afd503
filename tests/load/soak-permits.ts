import type { WebSocket } from "ws";
import type { HubToNode } from "../../schema/contracts/node-link.ts";
import type { PermitNodeMessage } from "../../schema/contracts/permits.ts";
import type { FakeControlPlane } from "../support/fake-control-plane.ts";

/** As the real hub says it (docs/design/limits.md). */
const LEASE_MS = 45_000;
/** A node does nothing with it. */
const NOT_AFTER_MS = 4_102_444_800_000;

/** The hub's books of permits: who has one, as the node says it. */
export class SoakPermits {
  /** By call: its workspace. */
  readonly #out = new Map<string, string>();
  #granted = 0;
  #fence = 0;

  constructor(plane: FakeControlPlane) {
    plane.on("permits", (link, message) => this.#heard(link, message));
  }

  /** What the hub counts now. */
  get out(): number {
    return this.#out.size;
  }

  /** How many were given since the last time that it was asked. */
  takeGranted(): number {
    const granted = this.#granted;
    this.#granted = 0;
    return granted;
  }

  #heard(link: WebSocket, message: PermitNodeMessage): void {
    const say = (answer: HubToNode): void => link.send(JSON.stringify(answer));
    switch (message.type) {
      case "permit_request": {
        const { requestId, callId, workspaceId, limits } = message;
        const inUse = [...this.#out.values()].filter((one) => one === workspaceId).length;
        if (limits.workspace !== null && inUse >= limits.workspace) {
          say({ type: "permit_refused", requestId, callId, code: "workspace_limit" });
          return;
        }
        this.#out.set(callId, workspaceId);
        this.#granted += 1;
        this.#fence += 1;
        const fence = this.#fence;
        say({ type: "permit_granted", requestId, callId, fence, notAfterMs: NOT_AFTER_MS });
        return;
      }
      case "permit_release":
        this.#out.delete(message.callId);
        return;
      case "permits_held": {
        // The real hub forgets what the node does not name. Here it has to be given back.
        for (const { callId, workspaceId } of message.held) this.#out.set(callId, workspaceId);
        say({ type: "permit_lease", sentAtMs: message.sentAtMs, leaseMs: LEASE_MS });
        return;
      }
      case "daily_used":
        return;
      default:
        message satisfies never;
    }
  }
}

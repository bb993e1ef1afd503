import WebSocket from "ws";
import type { CallActionToNode } from "../../schema/contracts/call-control.ts";
import {
  type HubToNode,
  hubToNodeSchema,
  LINK_PING,
  LINK_PONG,
  LINK_VERSIONS,
  type NodeState,
  type NodeToHub,
} from "../../schema/contracts/node-link.ts";
import type { OrderToNode } from "../../schema/contracts/orders.ts";
import type { RelayAddress, RelayPeers } from "../../schema/contracts/relay-peers.ts";
import type { RouteTestToNode } from "../../schema/contracts/route-test.ts";
import { TRUNK_TEST_ABILITY, type TrunkTestToNode } from "../../schema/contracts/trunk-test.ts";
import {
  WEBHOOK_POST_ABILITY,
  type WebhookPostToNode,
} from "../../schema/contracts/webhook-job.ts";
import type { Secret } from "../../schema/values/secret.ts";
import { backoffMs, createAlarm } from "./alarm.ts";
import type { PermitClient } from "./permits.ts";
import type { ControlDeps } from "./ports.ts";

export interface LinkTimings {
  readonly handshakeMs: number;
  readonly pingMs: number;
  /** Without a pong for this long the link is dead, whatever TCP believes. */
  readonly silentMs: number;
  readonly stateMs: number;
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** After the hub said bye: another link took over, or the credential is revoked. */
  readonly dismissedMs: number;
}

export const LINK_TIMINGS: LinkTimings = {
  handshakeMs: 10_000,
  pingMs: 10_000,
  silentMs: 25_000,
  stateMs: 15_000,
  firstRetryMs: 500,
  maxRetryMs: 15_000,
  dismissedMs: 60_000,
};

/** A link that held this long was a good one: the next retry starts from the shortest pause again. */
const PROVEN_MS = 10_000;
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** The hub heard nothing for too long: no reason to stay away. */
const BYE_SILENT = "silent";
const NORMAL_CLOSURE = 1000;

export interface HubLinkDeps extends ControlDeps {
  readonly baseUrl: string;
  readonly credential: Secret;
  /** PEM, or null for the system's authorities. */
  readonly ca: string | null;
  readonly bootId: string;
  readonly softwareVersion: string;
  readonly state: () => NodeState;
  readonly onWelcome: () => void;
  readonly onRoutingChanged: (hint: Extract<HubToNode, { type: "routing_changed" }>) => void;
  readonly onPull: () => void;
  /** Absent: the node finds a new key out when it meets something sealed under it. */
  readonly onRegionKeysChanged?: () => void;
  /** The node is to take no new calls, and to say so. Absent: it does neither. */
  readonly onDrain?: () => void;
  readonly onOrder: (message: OrderToNode) => void;
  /** Absent: the hub gets no answer. */
  readonly onRouteTest?: (message: RouteTestToNode) => void;
  /** Absent: the hub is told that there is no such ability. */
  readonly onTrunkTest?: (message: TrunkTestToNode) => void;
  /** Absent: the hub is told that there is no such ability. */
  readonly onWebhookPost?: (message: WebhookPostToNode) => void;
  /** Absent: the hub gets no answer. */
  readonly onCallAction?: (message: CallActionToNode) => void;
  /** Where this node takes what others hand on; absent or null: it takes no part in it. */
  readonly relayAddress?: () => RelayAddress | null;
  /** Who the region's other nodes are. Absent: nobody is told. */
  readonly onRelayPeers?: (message: RelayPeers) => void;
  /** Absent: nobody asks for permits. */
  readonly permits?: Pick<PermitClient, "linked" | "unlinked" | "receive">;
  /** Absent: LINK_TIMINGS. */
  readonly timings?: LinkTimings;
}

export interface HubLink {
  readonly isUp: boolean;
  /** Sends the state soon: several changes of one turn are one message. */
  stateChanged(): void;
  /** False when the link is down: nothing is kept for later. */
  send(message: NodeToHub): boolean;
  stop(): Promise<void>;
}

/** The node's WebSocket to its region's hub, for as long as the node lives. Calls never depend on it. */
export function startHubLink(deps: HubLinkDeps): HubLink {
  const { clock, logger, metrics } = deps;
  const timings = deps.timings ?? LINK_TIMINGS;
  const url = new URL("/v1/nodes/link", deps.baseUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const alarm = createAlarm(clock);
  const abilities = [
    ...(deps.onTrunkTest === undefined ? [] : [TRUNK_TEST_ABILITY]),
    ...(deps.onWebhookPost === undefined ? [] : [WEBHOOK_POST_ABILITY]),
  ];
  let isStopping = false;
  let isUp = false;
  let isStateDue = false;
  // Nothing is sent between hello and welcome: what changes meanwhile is told right after it.
  let isHelloOutdated = false;
  let socket: WebSocket | null = null;
  // The same failure every few seconds is one line.
  let lastFailure: string | null = null;

  function send(message: NodeToHub): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  const beat = () => send({ type: "state", state: deps.state(), sentAtMs: clock.monotonicMs() });

  function setUp(next: boolean): void {
    if (isUp !== next) metrics.linkUp(next);
    if (isUp && !next) deps.permits?.unlinked();
    isUp = next;
    if (next) deps.permits?.linked({ send, beat });
  }

  /** One connection from its attempt to its end. */
  async function connectOnce(): Promise<"lost" | "dismissed"> {
    const link = new WebSocket(url, {
      headers: { authorization: `Bearer ${deps.credential.reveal()}` },
      handshakeTimeout: timings.handshakeMs,
      maxPayload: MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
      ...(deps.ca === null ? {} : { ca: deps.ca }),
    });
    socket = link;
    using timers = new DisposableStack();
    let outcome: "lost" | "dismissed" = "lost";
    let detail = "closed";
    let heardAtMs = clock.monotonicMs();
    const closed = Promise.withResolvers<void>();

    const repeat = (delayMs: number, act: () => void) => {
      let timer: Disposable | null = null;
      const arm = () => {
        timer = clock.after(delayMs, () => {
          act();
          arm();
        });
      };
      arm();
      timers.defer(() => timer?.[Symbol.dispose]());
    };

    link.on("error", (error) => {
      detail = error.message;
    });
    link.once("close", (code) => {
      if (detail === "closed") detail = `closed with ${code}`;
      closed.resolve();
    });
    link.once("open", () => {
      heardAtMs = clock.monotonicMs();
      const relay = deps.relayAddress?.() ?? null;
      isHelloOutdated = false;
      send({
        type: "hello",
        versions: [...LINK_VERSIONS],
        bootId: deps.bootId,
        softwareVersion: deps.softwareVersion,
        state: deps.state(),
        ...(abilities.length === 0 ? {} : { abilities }),
        ...(relay === null ? {} : { relay }),
      });
      repeat(timings.stateMs, beat);
      repeat(timings.pingMs, () => {
        if (clock.monotonicMs() - heardAtMs >= timings.silentMs) {
          detail = "no pong";
          link.terminate();
        } else {
          link.send(LINK_PING);
        }
      });
    });
    link.on("message", (data, isBinary) => {
      heardAtMs = clock.monotonicMs();
      const text = isBinary ? "" : String(data);
      if (text === LINK_PONG) return;
      const message = parseMessage(text);
      if (message === null) {
        // Tolerant in what we read: a newer hub may say what this software does not know.
        logger.warn("link_message_ignored", { bytes: text.length });
        return;
      }
      switch (message.type) {
        case "welcome":
          if (!LINK_VERSIONS.some((version) => version === message.version)) {
            detail = `the hub speaks version ${message.version}`;
            outcome = "dismissed";
            link.close(NORMAL_CLOSURE);
            return;
          }
          setUp(true);
          logger.info("link_up", { version: message.version, epoch: message.epoch });
          if (isHelloOutdated) beat();
          deps.onWelcome();
          return;
        case "routing_changed":
          return deps.onRoutingChanged(message);
        case "pull":
          return deps.onPull();
        case "region_keys_changed":
          return deps.onRegionKeysChanged?.();
        case "order":
        case "order_cancel":
        case "order_query":
          return deps.onOrder(message);
        case "route_test":
          return deps.onRouteTest?.(message);
        case "trunk_test":
          return deps.onTrunkTest?.(message);
        case "webhook_post":
          return deps.onWebhookPost?.(message);
        case "call_action":
          return deps.onCallAction?.(message);
        case "relay_peers":
          return deps.onRelayPeers?.(message);
        case "drain":
          return deps.onDrain?.();
        case "bye":
          detail = `dismissed: ${message.code}`;
          if (message.code !== BYE_SILENT) outcome = "dismissed";
          link.close(NORMAL_CLOSURE);
          return;
        case "permit_granted":
        case "permit_refused":
        case "permit_queued":
        case "permit_lease":
        case "daily_near":
          return deps.permits?.receive(message);
        default:
          message satisfies never;
      }
    });

    await closed.promise;
    socket = null;
    if (isStopping) logger.info("link_closed", {});
    else if (isUp) logger.warn("link_down", { detail });
    else if (detail !== lastFailure) logger.warn("link_failed", { detail });
    lastFailure = isUp ? null : detail;
    setUp(false);
    return outcome;
  }

  async function run(): Promise<void> {
    let attempt = 0;
    while (!isStopping) {
      const beganAtMs = clock.monotonicMs();
      const outcome = await connectOnce();
      if (clock.monotonicMs() - beganAtMs >= PROVEN_MS) attempt = 0;
      const pauseMs =
        outcome === "dismissed"
          ? timings.dismissedMs
          : backoffMs(
              attempt,
              { firstMs: timings.firstRetryMs, maxMs: timings.maxRetryMs },
              deps.random,
            );
      attempt += 1;
      if (!isStopping) await alarm.wait(pauseMs);
    }
  }

  const running = run();
  return {
    get isUp() {
      return isUp;
    },
    stateChanged() {
      if (isStateDue) return;
      isStateDue = true;
      queueMicrotask(() => {
        isStateDue = false;
        if (isUp) beat();
        else isHelloOutdated = true;
      });
    },
    send(message) {
      if (isUp) send(message);
      return isUp;
    },
    async stop() {
      isStopping = true;
      alarm.ring();
      if (isUp) socket?.close(NORMAL_CLOSURE);
      else socket?.terminate();
      // A hub that does not answer the close must not hold up the node's end.
      using _ = clock.after(200, () => socket?.terminate());
      await running;
    },
  };
}

function parseMessage(text: string): HubToNode | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = hubToNodeSchema.safeParse(json);
  return parsed.success ? parsed.data : null;
}

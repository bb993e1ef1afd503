import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import software from "../package.json" with { type: "json" };
import type { NodeState } from "../schema/contracts/node-link.ts";
import { newId } from "../schema/values/ids.ts";
import { startAdminServer } from "./admin/http.ts";
import { createAddressPolicy } from "./agent/address-policy.ts";
import { createPreCallWebhook } from "./agent/pre-call-webhook.ts";
import { agentTarget } from "./agent/target.ts";
import { type BoundPorts, boundPorts } from "./bound-ports.ts";
import type { CallEndCode } from "./call/call-ends.ts";
import { createAdmission } from "./call/limits/admission.ts";
import { placeOutbound } from "./call/outbound/outbound.ts";
import type { InviteOutcome, OutboundCall } from "./call/outbound/outbound-ports.ts";
import type { CallDeps } from "./call/ports.ts";
import { createCallRegistry } from "./call/registry.ts";
import { startCallLog } from "./call-log.ts";
import type { MediaNodeConfig } from "./config.ts";
import { startAudioFiles } from "./control/audio-files.ts";
import { startEventOutbox } from "./control/event-outbox.ts";
import { createControlPlaneClient } from "./control/http-client.ts";
import { type HubLink, startHubLink } from "./control/link.ts";
import { createOrderJournal } from "./control/order-journal.ts";
import { startOrderDesk } from "./control/orders.ts";
import { createPermitClient } from "./control/permits.ts";
import { createRegionKeys } from "./control/region-keys.ts";
import { startRoutingSync } from "./control/routing-sync.ts";
import { parseSnapshotKey } from "./control/snapshot.ts";
import { systemClock } from "./control/system-clock.ts";
import { startEngineEvents } from "./engine-events.ts";
import { createHubQuestions } from "./hub-questions.ts";
import { startInboundDesk } from "./inbound-desk.ts";
import { audioDirectoryOf, type MediaService, startMediaService } from "./media-service.ts";
import { createNodeCallers } from "./node-callers.ts";
import { areMediaUp, readinessOf, routingStatusOf, watchPublication } from "./node-readiness.ts";
import { startNodeRecordings } from "./node-recordings.ts";
import { createNodeRelay } from "./node-relay.ts";
import { hostForUri } from "./protocol/sip/uri.ts";
import { type RecordingService, recordedMedia } from "./recording/recording-service.ts";
import { createLookup } from "./routing/lookup.ts";
import { createOutboundLookup } from "./routing/outbound-lookup.ts";
import { createRoutingStore } from "./routing/store.ts";
import type { RoutingTable } from "./routing/table.ts";
import { type SipService, startSipService } from "./sip-service.ts";
import { startStunService } from "./stun-service.ts";
import { createLogger, type Logger } from "./telemetry/logger.ts";
import { createNodeMetrics } from "./telemetry/metrics.ts";
import { startTraces } from "./telemetry/traces.ts";

/** Records of calls that wait: what else is told of calls lets them go first. */
const BUSY_EVENTS = 100;
/** Of the four seconds that an end may take: calls first, then what they leave to be delivered. */
const END_CALLS_MS = 1_500;
const LAST_DELIVERY_MS = 500;

export interface MediaNode {
  readonly bound: BoundPorts;
  readonly logger: Logger;
  /** Resolves when the node takes calls for the first time: its ports are bound and it has a table. */
  readonly ready: Promise<void>;
  /** New calls are refused from now on, those that exist go on. */
  drain(): void;
  /** Resolves when no call is left; of use after `drain`. */
  untilIdle(): Promise<void>;
  /** Ends every call with `code`, keeps their records and closes everything, within four seconds. */
  stop(reason: { readonly code: CallEndCode }): Promise<void>;
}

/**
 * Builds a media node and starts it. It serves from its sealed file when the control plane is down, and
 * answers 503 while it has no table at all.
 * @throws EngineStartFault or the system's error when a port, a file or the state directory cannot be had
 */
export async function startMediaNode(config: MediaNodeConfig): Promise<MediaNode> {
  const { identity, sip, controlPlane } = config;
  const { nodeId, region } = identity;
  const { version } = software;
  const logger = createLogger({ ...config.log, nodeId, region });
  await using starting = new AsyncDisposableStack();
  const metrics = starting.use(createNodeMetrics({ version }));
  const deps = { clock: systemClock, logger, metrics, random: Math.random };
  const runInBackground = (label: string, work: Promise<unknown>) => {
    work.catch((error: unknown) => {
      metrics.backgroundFailed(label);
      logger.error("background_work_failed", { label, error });
    });
  };

  const node = { id: nodeId, region };
  const traces = starting.adopt(
    await startTraces(config.traces, { ...metrics, version, node }),
    (made) => made.stop(LAST_DELIVERY_MS),
  );
  const calls = createCallRegistry();
  const ready = Promise.withResolvers<void>();
  let isDraining = false;
  let isTableKept = false;
  let sipService: SipService | null = null;
  let media: MediaService | null = null;
  let recordings: RecordingService | null = null;
  let link: HubLink | null = null;
  let table: () => RoutingTable | null = () => null;
  const mediaProcesses = () => media?.processes() ?? [];
  const portPairs = () => media?.portPairs() ?? { used: 0, total: 0 };
  const isSipUp = () => sipService?.isUp === true;
  const checkAddress = watchPublication(sip.advertisedAddress, () => table(), logger);
  const canCarry = () => areMediaUp(mediaProcesses()) && checkAddress().ok;
  const admission = createAdmission({
    isDraining: () => isDraining,
    // A node that is ready can be killed and comes back from its file, whoever else is down.
    isReady: () => table() !== null && isTableKept && isSipUp() && canCarry(),
    ports: portPairs,
  });
  const trustNamedSources = () => sipService?.setTrustedSources(table()?.namedBlocks() ?? []);
  const stateChanged = () => {
    link?.stateChanged();
    if (admission() === null) ready.resolve();
  };

  // Beside everything else: a process takes longer to start than all that follows.
  const mediaStart = startMediaService({
    config,
    logger,
    clock: systemClock,
    qualitySampled: metrics.qualitySampled,
    recordingNews: (callId, news) => recordings?.desk.news(callId, news),
    onLost({ cause }) {
      metrics.mediaProcessLost(cause);
      stateChanged();
    },
    onRestored: () => stateChanged(),
  });
  // Whoever waits for it below is told.
  mediaStart.catch(() => undefined);
  starting.adopt(mediaStart, async (started) => {
    await (await started.catch(() => null))?.[Symbol.asyncDispose]();
  });

  const client = starting.adopt(
    createControlPlaneClient({
      baseUrl: controlPlane.url,
      credential: identity.credential,
      ca: controlPlane.ca,
    }),
    (made) => made.close(),
  );
  const regionKeys = createRegionKeys(client, identity.privateKey);
  const relay = createNodeRelay(config, { logger, regionKeys, sip: () => sipService });
  const outbox = starting.adopt(
    await startEventOutbox({ ...deps, client, directory: join(config.stateDirectory, "outbox") }),
    (made) => made.stop(LAST_DELIVERY_MS),
  );
  recordings = starting.use(await startNodeRecordings(config, { ...deps, client, outbox }));
  const callLog = starting.use(
    await startCallLog({
      ...deps,
      client,
      stateDirectory: config.stateDirectory,
      node,
      isBusy: () => outbox.depth > BUSY_EVENTS,
      watch: (sipCallId) => sipService?.watchCall(sipCallId) ?? (() => undefined),
    }),
  );
  const audioFiles = starting.use(
    await startAudioFiles({ ...deps, client, directory: audioDirectoryOf(config) }),
  );
  const routing = starting.adopt(
    await startRoutingSync({
      ...deps,
      store: createRoutingStore({
        directory: config.stateDirectory,
        nodeId,
        region,
        credential: identity.credential,
      }),
      regionKeys,
      pull: { client, region, snapshotKey: parseSnapshotKey(identity.snapshotPublicKey) },
      pollMs: controlPlane.routingPollMs,
      onChanged() {
        trustNamedSources();
        audioFiles.agentsChanged(() => table()?.agents() ?? []);
        stateChanged();
      },
      onKeysChanged() {
        relay.refresh();
        stateChanged();
      },
    }),
    (made) => made.stop(),
  );
  table = routing.table;
  runInBackground(
    "routing_kept",
    routing.kept.then(() => {
      isTableKept = true;
      stateChanged();
    }),
  );

  const allowPlainLoopback = config.agents.addresses === "loopback";
  const addressPolicy = createAddressPolicy({ allowLoopback: allowPlainLoopback });
  const tenantUrls = { addressPolicy, allowPlainLoopback };
  media = await mediaStart;
  const permits = createPermitClient({
    ...deps,
    limitsAt: () => ({ epoch: table()?.epoch ?? 0, version: table()?.version ?? 0 }),
    limitsOf: ({ agentId, workspaceId, limits }) =>
      table()?.limitsOf(agentId, workspaceId) ?? limits,
    bootShare: config.limits.bootShare,
  });
  const callDeps: CallDeps = {
    routes: createLookup(table, { sipDomain: sip.domain }),
    callers: await createNodeCallers(sip.domain, regionKeys, logger),
    admission,
    agents: { target: (agent) => agentTarget(agent, regionKeys) },
    preCall: createPreCallWebhook({
      ...tenantUrls,
      unsealHeaders: regionKeys.unsealPreCallHeaders,
      ca: null,
    }),
    audioFiles,
    media: recordedMedia(media.ports, recordings.desk),
    permits,
    records: outbox,
    messageLogs: callLog.messages,
    rejections: callLog.rejections,
    clock: systemClock,
    logger,
    metrics,
    traces,
    random: randomBytes,
    newCallId: () => newId("call"),
    calls,
    node,
    dialer: {
      async invite(call: OutboundCall): Promise<InviteOutcome> {
        if (sipService !== null) return sipService.dialer.invite(call);
        return { kind: "failed", cause: "engine_lost", detail: "the SIP engine is down" };
      },
    },
    ourHost: hostForUri(sip.advertisedAddress),
    openTrunkSecret: regionKeys.openTrunkSecret,
  };
  const orders = starting.adopt(
    await startOrderDesk({
      ...callDeps,
      journal: createOrderJournal(join(config.stateDirectory, "orders")),
      route: createOutboundLookup(table),
      place: (order, route, report) => placeOutbound(order, route, report, callDeps),
      send: (message) => link?.send(message) ?? false,
    }),
    (made) => made.stop(),
  );

  const events = starting.use(startEngineEvents(config, { ...deps, messages: callLog.messages }));
  sipService = starting.use(
    await startSipService({
      logger,
      config,
      invite: starting.use(startInboundDesk(callDeps, { client, controlPlane, portPairs })).invite,
      admission,
      refused(method, code, source) {
        metrics.callRefused(code);
        logger.info("request_refused", { method, code, ...source });
      },
      onEvent: events.onEvent,
      messageEvents: events.messageEvents,
      onLost() {
        metrics.engineRestarted();
        runInBackground("end_lost_calls", calls.endAll("signalling_lost"));
        stateChanged();
      },
    }),
  );
  starting.use(await startStunService(config, { logger, nowMs: systemClock.monotonicMs }));
  trustNamedSources();
  relay.refresh();
  const nodeState = (): NodeState => {
    const current = table();
    return {
      state: isDraining ? "draining" : admission() === null ? "ready" : "syncing",
      epoch: current?.epoch ?? 0,
      routingVersion: current?.version ?? 0,
      routingHash: current?.hash ?? "",
      activeCalls: calls.count,
      ...(regionKeys.newestId === null ? {} : { regionKeyId: regionKeys.newestId }),
    };
  };
  const questions = starting.use(
    createHubQuestions({
      ...{ ...callDeps, ...tenantUrls, client, table, sip },
      ports: () => sipService,
      send: (m) => void link?.send(m),
    }),
  );
  link = starting.adopt(
    startHubLink({
      ...deps,
      baseUrl: controlPlane.url,
      credential: identity.credential,
      ca: controlPlane.ca,
      bootId: randomUUID(),
      softwareVersion: version,
      state: nodeState,
      onWelcome() {
        routing.pull("linked");
        orders.linked();
        outbox.linked();
      },
      onRoutingChanged: (hint) => routing.hint(hint),
      onPull: () => routing.pull("doubted"),
      onRegionKeysChanged: () => routing.keysChanged(),
      onDrain: () => drain(),
      relayAddress: () => relay.announced,
      onRelayPeers: relay.receive,
      onOrder: orders.receive,
      ...questions,
      permits,
    }),
    (made) => made.stop(),
  );
  const routingStatus = () => routingStatusOf(table());
  const readiness = () =>
    readinessOf({
      isSipUp: isSipUp(),
      routingVersion: table()?.version ?? null,
      isTableKept,
      routingProblem: routing.problem(),
      isDraining,
      address: checkAddress(),
      mediaProcesses: mediaProcesses(),
      portPairs: portPairs(),
    });
  metrics.watch({
    activeCalls: () => calls.count,
    rtpPorts: portPairs,
    mediaProcesses,
    routing: routingStatus,
    routingAgeMs: routing.ageMs,
    sip: async () => (await sipService?.counts()) ?? null,
    outboxDepth: () => outbox.depth,
    recordings: () => recordings?.waiting ?? null,
    permits: () => permits,
    isReady: () => admission() === null,
    isDraining: () => isDraining,
  });
  const drain = () => {
    if (!isDraining) logger.info("node_draining", { activeCalls: calls.count });
    isDraining = true;
    stateChanged();
  };
  const admin = starting.use(
    await startAdminServer(config.admin, {
      readiness,
      routing: routingStatus,
      scrape: metrics.scrape,
      drain,
      acceptSnapshot: routing.acceptNextSnapshot,
      logger,
    }),
  );

  const bound = boundPorts(sipService, config.media.rtpPorts, admin);
  logger.info("node_started", {
    ...bound,
    mediaIo: media.io,
    routing: routing.problem() ?? "loaded",
  });
  stateChanged();
  runInBackground(
    "ready",
    ready.promise.then(() => logger.info("node_ready", { ...bound })),
  );

  const running = starting.move();
  let stopping: Promise<void> | null = null;
  async function stop(code: CallEndCode): Promise<void> {
    logger.info("node_stopping", { code, activeCalls: calls.count });
    drain();
    const hurry = Promise.withResolvers<void>();
    using _limit = systemClock.after(END_CALLS_MS, hurry.resolve);
    await Promise.race([calls.endAll(code), hurry.promise]);
    if (calls.count > 0) logger.warn("calls_not_ended", { activeCalls: calls.count });
    await running.disposeAsync();
    logger.info("node_stopped", { undelivered: outbox.depth });
  }
  return {
    bound,
    logger,
    ready: ready.promise,
    drain,
    untilIdle: () => calls.untilEmpty(),
    stop({ code }) {
      stopping ??= stop(code);
      return stopping;
    },
  };
}

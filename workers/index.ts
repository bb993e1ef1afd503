import { createApp } from "./app.ts";
import type { App } from "./app-type.ts";
import { createDeps } from "./deps.ts";
import type { Env } from "./env.ts";

// biome-ignore-start lint/performance/noBarrelFile: the runtime finds object classes by their export here.
export { DnsReconciler } from "./dns/dns-reconciler.ts";
export { BatchDialer } from "./hub/batch-dialer.ts";
export { DatabaseWriter } from "./hub/database-writer.ts";
export { LiveCalls } from "./hub/live-calls.ts";
export { NetworkFeed } from "./hub/network-feed.ts";
export { RegionHub } from "./hub/region-hub.ts";
export { RequestQuota } from "./hub/request-quota.ts";
export { TestCallAudio } from "./hub/test-call-audio.ts";
export { ObjectShard } from "./objects/object-shard.ts";
export { WebhookEndpoint } from "./webhooks/webhook-endpoint.ts";

// biome-ignore-end lint/performance/noBarrelFile: see above.

/** Built on the first request: the bindings are not known before it. */
let app: App | undefined;

export default {
  async fetch(request, env, context) {
    app ??= createApp(createDeps(env));
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;

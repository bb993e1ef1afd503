import { type Env, objectNames } from "../env.ts";
import { ServiceUnavailable } from "../errors/trunkline-error.ts";
import { errorName, log } from "../log.ts";
import type {
  DnsReconcilerRpc,
  LiveCallsRpc,
  NetworkFeedRpc,
  RegionHubRpc,
  TestCallAudioRpc,
} from "../objects-rpc.ts";

/** Stubs of the objects by what they are for. */
export function regionHub(
  env: Env,
  residency: string,
  region: string,
): DurableObjectStub<RegionHubRpc> {
  return env.REGION_HUB.get(env.REGION_HUB.idFromName(objectNames.regionHub(residency, region)));
}

export function liveCalls(
  env: Env,
  residency: string,
  workspaceId: string,
): DurableObjectStub<LiveCallsRpc> {
  return env.LIVE_CALLS.get(
    env.LIVE_CALLS.idFromName(objectNames.liveCalls(residency, workspaceId)),
  );
}

export function testCallAudio(
  env: Env,
  residency: string,
  testCallId: string,
): DurableObjectStub<TestCallAudioRpc> {
  const name = objectNames.testCallAudio(residency, testCallId);
  return env.TEST_CALL_AUDIO.get(env.TEST_CALL_AUDIO.idFromName(name));
}

/** Tells whoever waits for a test call's audio that there will be none. Never rejects: the wait has an end of its own. */
export async function endTestCall(
  env: Env,
  residency: string,
  testCallId: string,
  reason: string,
): Promise<void> {
  try {
    await testCallAudio(env, residency, testCallId).ended(reason);
  } catch (error) {
    log("warn", "test_call_untold", { testCallId, error: errorName(error) });
  }
}

/** Tells who looks at live calls that these have changed. Never rejects: they look by themselves as well. */
export async function tellLiveCalls(
  env: Env,
  residency: string,
  changed: readonly { readonly workspaceId: string; readonly callId: string }[],
): Promise<void> {
  const byWorkspace = Map.groupBy(changed, ({ workspaceId }) => workspaceId);
  await Promise.all(
    Array.from(byWorkspace, async ([workspaceId, calls]) => {
      try {
        const callIds = [...new Set(calls.map(({ callId }) => callId))];
        await liveCalls(env, residency, workspaceId).callsChanged(callIds);
      } catch (error) {
        log("warn", "live_calls_untold", { workspaceId, error: errorName(error) });
      }
    }),
  );
}

export function networkFeed(env: Env, residency: string): DurableObjectStub<NetworkFeedRpc> {
  return env.NETWORK_FEED.get(env.NETWORK_FEED.idFromName(objectNames.networkFeed(residency)));
}

export function dnsReconciler(env: Env, residency: string): DurableObjectStub<DnsReconcilerRpc> {
  return env.DNS_RECONCILER.get(
    env.DNS_RECONCILER.idFromName(objectNames.dnsReconciler(residency)),
  );
}

/**
 * What the hub answers. Errors lose their class between objects, and a hub that does not answer may
 * do so in a moment.
 * @throws ServiceUnavailable
 */
export async function askHub<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    // biome-ignore lint/style/useErrorCause: the cause is in the third argument.
    throw new ServiceUnavailable("the region's hub does not answer", 1, { cause });
  }
}

/** Tells the dialers of these workspaces that there may be somebody to call. Never rejects: the region's sweep repairs. */
export async function pokeDialers(
  env: Env,
  residency: string,
  workspaceIds: Iterable<string>,
): Promise<void> {
  await Promise.all(
    Array.from(new Set(workspaceIds), async (workspaceId) => {
      try {
        const name = objectNames.batchDialer(residency, workspaceId);
        await env.BATCH_DIALER.get(env.BATCH_DIALER.idFromName(name)).poke();
      } catch (error) {
        log("warn", "dialer_poke_failed", {
          workspaceId,
          error: errorName(error),
        });
      }
    }),
  );
}

/** Tells the DNS reconciler that a node's state may have changed. Never rejects: it looks by itself as well. */
export async function pokeReconciler(env: Env, residency: string): Promise<void> {
  try {
    await dnsReconciler(env, residency).poke();
  } catch (error) {
    const name = errorName(error);
    log("warn", "reconciler_poke_failed", { error: name });
  }
}

/** Tells endpoints that they have something to deliver. Never rejects: the region's sweep repairs. */
export async function pokeEndpoints(
  env: Env,
  residency: string,
  endpointIds: Iterable<string>,
): Promise<void> {
  await Promise.all(
    Array.from(new Set(endpointIds), async (endpointId) => {
      try {
        const name = objectNames.webhookEndpoint(residency, endpointId);
        await env.WEBHOOK_ENDPOINT.get(env.WEBHOOK_ENDPOINT.idFromName(name)).poke();
      } catch (error) {
        log("warn", "webhook_poke_failed", {
          endpointId,
          error: errorName(error),
        });
      }
    }),
  );
}

/** Of a hub, by the name that `regionHub` gives it. */
export function regionOf(objectName: string | undefined): string {
  const region = objectName?.split("/region/")[1];
  if (region === undefined) throw new TypeError("RegionHub is reached by its name only");
  return region;
}

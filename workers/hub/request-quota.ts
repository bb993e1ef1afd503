import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { CountedRequest, RequestQuotaRpc } from "../objects-rpc.ts";
import { RequestWindows } from "./request-windows.ts";

/**
 * Counts the requests of some API keys, named `<residency>/quota/<shard>`. It keeps nothing: a window
 * is over before an object that nobody asks is forgotten.
 */
export class RequestQuota extends DurableObject<Env> implements RequestQuotaRpc {
  readonly #windows = new RequestWindows();

  async take(id: string, limit: number, windowMs: number): Promise<CountedRequest> {
    return this.#windows.take(id, limit, windowMs, Date.now());
  }
}

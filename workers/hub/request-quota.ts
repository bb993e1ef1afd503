import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { CountedRequest, RequestQuotaRpc } from "../objects-rpc.ts";
import { RequestWindows } from "./request-windows.ts";

/**
 * Counts the requests of some API keys, named `<residency>/quota/<shard>`. It keeps
 * nothing: an object that is lost, or that nobody asks for so long that it is put away, begins anew.
 */
export class RequestQuota extends DurableObject<Env> implements RequestQuotaRpc {
  readonly #windows = new RequestWindows();

  async take(id: string, limit: number, windowMs: number): Promise<CountedRequest> {
    return this.#windows.take(id, limit, windowMs, Date.now());
  }

  async add(id: string, count: number, limit: number, windowMs: number): Promise<CountedRequest> {
    return this.#windows.add(id, count, limit, windowMs, Date.now());
  }
}

import createClient, {
  type Client,
  type ClientPathsWithMethod,
  type FetchOptions,
  type Middleware,
} from "openapi-fetch";
import { KEYED_POSTS, type paths } from "./api-types.ts";
import { type ItemOf, itemsOf, nextCursorOf } from "./paging.ts";
import { ProblemError } from "./problem-error.ts";
import { IDEMPOTENCY_KEY_HEADER, send } from "./send.ts";
import { verifyWebhook } from "./webhooks.ts";

// biome-ignore-start lint/performance/noBarrelFile: this is what a program imports.
export type { components, paths } from "./api-types.ts";
export { ConnectionError, ProblemError, type ProblemField } from "./problem-error.ts";
export {
  WebhookError,
  type WebhookEvent,
  type WebhookOptions,
  type WebhookRefusal,
} from "./webhooks.ts";
// biome-ignore-end lint/performance/noBarrelFile: see above.

export interface TrunklineOptions {
  /** Of the API, e.g. `https://api.example.com`. */
  readonly baseUrl: string;
  /** A workspace's key; absent for what is open to anybody. */
  readonly apiKey?: string;
  /** Instead of `apiKey`, for `/v1/admin/**`. */
  readonly operatorToken?: string;
  /** Repetitions after a request failed that may be sent again. Default: 2. */
  readonly maxRetries?: number;
  /** Of one attempt. Default: 60,000. */
  readonly timeoutMs?: number;
  /** Instead of the platform's. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

type Method = "get" | "put" | "post" | "patch" | "delete";
type PathOf<M extends Method> = ClientPathsWithMethod<Client<paths>, M>;
type OperationOf<Path extends keyof paths, M extends Method> = paths[Path][M & keyof paths[Path]];

/** Parameters and body of a request, and what `fetch` takes besides. */
export type RequestOptions<Path extends keyof paths, M extends Method> = FetchOptions<
  OperationOf<Path, M>
>;
/** They may be left out where none of them is required. */
type Arguments<Path extends keyof paths, M extends Method> =
  Record<never, never> extends RequestOptions<Path, M>
    ? [options?: RequestOptions<Path, M>]
    : [options: RequestOptions<Path, M>];

/** The body of the answer when all went well; undefined where there is none. */
export type Answer<Path extends keyof paths, M extends Method> =
  OperationOf<Path, M> extends { responses: infer Responses }
    ? BodyOf<Responses[keyof Responses & (200 | 201 | 202)]>
    : never;
type BodyOf<Response> = [Response] extends [never]
  ? undefined
  : Response extends { content: infer Content extends object }
    ? Content[keyof Content]
    : undefined;

/** Whose answers come in pages. */
type PagedPath = {
  [Path in PathOf<"get">]: Answer<Path, "get"> extends { next_cursor: string | null }
    ? Path
    : never;
}[PathOf<"get">];

/** What the generic signatures below have already checked. */
type UncheckedRequest = (
  method: Method,
  path: string,
  options: object | undefined,
) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

/**
 * A client of the API. Requests that may be repeated are, on 408, 429, 5xx and lost connections; a POST only where the
 * API takes an `Idempotency-Key`, which is added. Runs in Node 20 and later, in browsers and in Workers.
 *
 * @example
 * const trunkline = new Trunkline({ baseUrl: "http://127.0.0.1:8787", apiKey });
 * for await (const number of trunkline.list("/v1/convai/v2/phone-numbers")) console.log(number.label);
 */
export class Trunkline {
  /** The client beneath, with the same repetitions: it answers `{ data, error, response }` and throws for no status. */
  readonly raw: Client<paths>;
  /** Of what the API posts to you. */
  static readonly webhooks = { verify: verifyWebhook } as const;
  readonly webhooks = Trunkline.webhooks;
  readonly #request: UncheckedRequest;

  constructor(options: TrunklineOptions) {
    const fetch = options.fetch ?? ((request: Request) => globalThis.fetch(request));
    const settings = {
      fetch,
      maxRetries: options.maxRetries ?? 2,
      timeoutMs: options.timeoutMs ?? 60_000,
      delay: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
      random: Math.random,
      now: Date.now,
    };
    this.raw = createClient<paths>({
      baseUrl: options.baseUrl,
      headers: credentialOf(options),
      fetch: (request) => send(request, settings),
    });
    this.raw.use(addIdempotencyKey);
    // The signatures of get, put, post, patch and delete have checked path and options against the document.
    this.#request = this.raw.request as UncheckedRequest;
  }

  /** @throws ProblemError, ConnectionError; as all that follow */
  get<Path extends PathOf<"get">>(
    path: Path,
    ...args: Arguments<Path, "get">
  ): Promise<Answer<Path, "get">> {
    return this.#answer("get", path, args[0]);
  }

  put<Path extends PathOf<"put">>(
    path: Path,
    ...args: Arguments<Path, "put">
  ): Promise<Answer<Path, "put">> {
    return this.#answer("put", path, args[0]);
  }

  post<Path extends PathOf<"post">>(
    path: Path,
    ...args: Arguments<Path, "post">
  ): Promise<Answer<Path, "post">> {
    return this.#answer("post", path, args[0]);
  }

  patch<Path extends PathOf<"patch">>(
    path: Path,
    ...args: Arguments<Path, "patch">
  ): Promise<Answer<Path, "patch">> {
    return this.#answer("patch", path, args[0]);
  }

  delete<Path extends PathOf<"delete">>(
    path: Path,
    ...args: Arguments<Path, "delete">
  ): Promise<Answer<Path, "delete">> {
    return this.#answer("delete", path, args[0]);
  }

  /** Every page, from the first or from `cursor` on; the next is fetched when it is asked for. */
  async *pages<Path extends PagedPath>(
    path: Path,
    ...args: Arguments<Path, "get">
  ): AsyncGenerator<Answer<Path, "get"> & object, void, void> {
    let cursor: string | null = null;
    do {
      const page: Answer<Path, "get"> & object = await this.#answer(
        "get",
        path,
        cursor === null ? args[0] : withCursor(args[0], cursor),
      );
      yield page;
      const next = nextCursorOf(page);
      // A cursor that leads to itself would never end.
      cursor = next === cursor ? null : next;
    } while (cursor !== null);
  }

  /** Every element of every page. */
  async *list<Path extends PagedPath>(
    path: Path,
    ...args: Arguments<Path, "get">
  ): AsyncGenerator<ItemOf<Answer<Path, "get"> & object>, void, void> {
    for await (const page of this.pages(path, ...args)) yield* itemsOf(page);
  }

  async #answer<Body>(method: Method, path: string, options: object | undefined): Promise<Body> {
    const { data, error, response } = await this.#request(method, path, options);
    if (!response.ok) throw new ProblemError(response.status, error, response.headers);
    // What the document says of this answer; the API is tested against the same document.
    return data as Body;
  }
}

function credentialOf({ apiKey, operatorToken }: TrunklineOptions): Record<string, string> {
  if (apiKey !== undefined) return { "xi-api-key": apiKey };
  return operatorToken === undefined ? {} : { authorization: `Bearer ${operatorToken}` };
}

const NDJSON = "application/x-ndjson";

/** Only where the API knows the key: elsewhere it would promise what nobody keeps. */
const addIdempotencyKey: Middleware = {
  onRequest({ request, schemaPath }) {
    if (request.method !== "POST" || !KEYED_POSTS.has(schemaPath)) return;
    if (request.headers.has(IDEMPOTENCY_KEY_HEADER)) return;
    // What is kept for a key is told when it is whole: who wants a stream wants it as it comes.
    if (request.headers.get("accept") === NDJSON) return;
    request.headers.set(IDEMPOTENCY_KEY_HEADER, crypto.randomUUID());
  },
};

function withCursor(options: object | undefined, cursor: string): object {
  const params = memberOf(options, "params");
  return { ...options, params: { ...params, query: { ...memberOf(params, "query"), cursor } } };
}

function memberOf(value: object | undefined, name: string): object | undefined {
  const member: unknown = value === undefined ? undefined : Reflect.get(value, name);
  return typeof member === "object" && member !== null ? member : undefined;
}

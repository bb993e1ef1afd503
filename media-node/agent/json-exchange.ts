import { openTenantRequest, type TenantRequest } from "./tenant-request.ts";

/** One request to a server that a tenant has named, and its answer in JSON. */
interface JsonExchange extends TenantRequest {
  /** Null: the request has none. */
  readonly body: Buffer | null;
  readonly maxAnswerBytes: number;
}

type ExchangeFailureCode =
  | "unreachable"
  | "address_refused"
  | "redirected"
  | "bad_status"
  | "too_large"
  | "not_json";

/** Why there is no answer. The message has host and status at most, and nothing of URL, headers or answer. */
export class ExchangeFailure extends Error {
  readonly code: ExchangeFailureCode;

  constructor(code: ExchangeFailureCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/**
 * The text of a 200 that says it is JSON; redirects are not followed.
 * @throws ExchangeFailure
 */
export function exchangeJson(exchange: JsonExchange): Promise<string> {
  const { body, maxAnswerBytes, ...request } = exchange;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = openTenantRequest({
    ...request,
    headers: { ...request.headers, accept: "application/json", "accept-encoding": "identity" },
  });
  // Not once: an exchange that is broken off may say so again.
  outgoing.on("error", (cause) => reject(unreachable(cause)));
  outgoing.once("response", (response) => {
    const status = response.statusCode ?? 0;
    const refuse = (code: ExchangeFailureCode, detail: string): void => {
      reject(new ExchangeFailure(code, detail));
      outgoing.destroy();
    };
    if (status >= 300 && status < 400) return refuse("redirected", `status ${status}`);
    if (status !== 200) return refuse("bad_status", `status ${status}`);
    const type = response.headers["content-type"] ?? "";
    if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
      return refuse("not_json", "the answer does not say that it is JSON");
    }
    if ((response.headers["content-encoding"] ?? "identity") !== "identity") {
      return refuse("not_json", "the answer is compressed");
    }
    const chunks: Buffer[] = [];
    let held = 0;
    response.on("error", (cause) => reject(unreachable(cause)));
    response.on("data", (chunk: Buffer) => {
      held += chunk.length;
      if (held > maxAnswerBytes) refuse("too_large", `more than ${maxAnswerBytes} bytes`);
      else chunks.push(chunk);
    });
    response.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
  outgoing.end(body ?? undefined);
  return promise;
}

/** Messages of the TLS and name layers hold no more than host, address and cause. */
function unreachable(cause: Error): ExchangeFailure {
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  if (code === "address_refused") return new ExchangeFailure("address_refused", cause.message);
  return new ExchangeFailure("unreachable", code);
}

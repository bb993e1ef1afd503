import { z } from "zod";
import { AgentUnavailable } from "../../call/faults.ts";
import type { AddressPolicy } from "../address-policy.ts";
import { ExchangeFailure, exchangeJson } from "../json-exchange.ts";
import { readMessage } from "../read-message.ts";

const MAX_ANSWER_BYTES = 65_536;

const answerSchema = z.object({ signed_url: z.string().max(8_192) });

/**
 * The URL of one conversation with a private agent: whoever has it may talk, so that it is in no log and no error. The key goes to
 * the host of `conversationUrl` and nowhere else.
 *
 * @throws AgentUnavailable
 */
export async function fetchSignedUrl(
  conversationUrl: URL,
  apiKey: string,
  addressPolicy: AddressPolicy | null,
  signal: AbortSignal,
): Promise<string> {
  const url = new URL(conversationUrl);
  const isSecure = url.protocol === "wss:";
  url.protocol = isSecure ? "https:" : "http:";
  url.pathname += "/get-signed-url";
  const refusal = addressPolicy?.refusalOf(url.hostname) ?? null;
  if (refusal !== null) throw new AgentUnavailable(refusal);
  const read = readMessage(answerSchema, await ask(url, apiKey, addressPolicy, signal));
  if (!read.ok) throw new AgentUnavailable(`the signed URL cannot be read: ${read.problem}`);
  const { signed_url: signed } = read.message;
  if (isSecure && URL.parse(signed)?.protocol !== "wss:") {
    throw new AgentUnavailable("the signed URL is not a wss: URL");
  }
  return signed;
}

async function ask(
  url: URL,
  apiKey: string,
  addressPolicy: AddressPolicy | null,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await exchangeJson({
      url,
      method: "GET",
      headers: { "xi-api-key": apiKey },
      body: null,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      signal,
      ...(addressPolicy === null ? {} : { lookup: addressPolicy.lookup }),
      ca: null,
    });
  } catch (cause) {
    if (signal.aborted)
      throw new AgentUnavailable("the signed URL did not come in time", { cause });
    if (!(cause instanceof ExchangeFailure)) throw cause;
    const detail = `no signed URL could be had: ${cause.code}: ${cause.message}`;
    throw new AgentUnavailable(detail, { cause });
  }
}

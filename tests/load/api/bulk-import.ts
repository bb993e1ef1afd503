import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { z } from "zod";
import { runHttpLoad, writeRequest } from "./http-load.ts";

/** What an import of many numbers came to. */
export interface NumberImport {
  readonly way: "bulk" | "single requests";
  readonly seconds: number;
  readonly failed: number;
}

interface ImportTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agentId: string;
  readonly numbers: number;
}

const SINGLE_CONNECTIONS = 64;
const SINGLE_SECONDS = 600;
/** A line of the answer; what else it says is not looked at. */
const resultSchema = z.looseObject({ status: z.union([z.string(), z.number()]).optional() });

/** As a customer would: one request of a line each. Without that endpoint, one request each. */
export async function importNumbers(target: ImportTarget): Promise<NumberImport> {
  const { url, headers, numbers } = target;
  const beganAtMs = performance.now();
  const lines = Array.from(
    { length: numbers },
    (_, at) => `${JSON.stringify(numberOf(target, at))}\n`,
  );
  const answer = await fetch(new URL("/v1/phone-numbers/import", url), {
    method: "POST",
    headers: {
      ...headers,
      "content-type": "application/x-ndjson",
      "idempotency-key": crypto.randomUUID(),
    },
    body: lines.join(""),
  });
  if (answer.status === 404) {
    await answer.body?.cancel();
    return importSingly(target);
  }
  if (!answer.ok || answer.body === null) {
    throw new Error(`import: ${answer.status} ${await answer.text()}`);
  }
  let imported = 0;
  for await (const line of createInterface({ input: Readable.fromWeb(answer.body) })) {
    if (line === "") continue;
    const result = resultSchema.parse(JSON.parse(line));
    if (/phnum_/.test(line) && result.status !== "failed") imported += 1;
  }
  const seconds = (performance.now() - beganAtMs) / 1_000;
  return { way: "bulk", seconds, failed: numbers - imported };
}

async function importSingly(target: ImportTarget): Promise<NumberImport> {
  const { url, headers, numbers } = target;
  const beganAtMs = performance.now();
  const result = await runHttpLoad({
    url,
    seconds: SINGLE_SECONDS,
    requests: numbers,
    connections: SINGLE_CONNECTIONS,
    request: (at) =>
      writeRequest(
        url,
        "POST",
        "/v1/convai/phone-numbers",
        headers,
        JSON.stringify(numberOf(target, at)),
      ),
  });
  return {
    way: "single requests",
    seconds: (performance.now() - beganAtMs) / 1_000,
    failed: numbers - (result.statuses[200] ?? 0),
  };
}

function numberOf({ agentId }: ImportTarget, at: number) {
  return {
    provider: "sip_trunk",
    phone_number: `+4930${String(10_000_000 + at)}`,
    label: `Imported ${at}`,
    agent_id: agentId,
  };
}

import { readFileSync } from "node:fs";
import type { z } from "zod";
import { readRuntime } from "../runtime-file.ts";
import { loadSecrets } from "../start/secrets.ts";
import { stateDirectoryAt } from "../start/state-directory.ts";
import { UserError } from "../user-error.ts";
import type { OperatorOptions } from "./operator-action.ts";

/** The control plane as its operator asks it. Each throws UserError in words. */
export interface OperatorClient {
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  post<S extends z.ZodType>(path: string, body: unknown, schema: S): Promise<z.output<S>>;
  /** The body of the answer. */
  stream(path: string): Promise<ReadableStream<Uint8Array>>;
}

export function openOperatorClient(options: OperatorOptions): OperatorClient {
  const { token, url } = accessOf(options);

  async function ask(method: string, path: string, body?: unknown): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(new URL(path, url), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new UserError(`The control plane at ${url.origin} does not answer.`, { cause });
    }
    if (answer.ok) return answer;
    // An error's body says what is wrong and holds no secret.
    throw new UserError(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  return {
    get: async (path, schema) => schema.parse(await (await ask("GET", path)).json()),
    post: async (path, body, schema) => schema.parse(await (await ask("POST", path, body)).json()),
    async stream(path) {
      const { body } = await ask("GET", path);
      if (body === null) throw new UserError(`${path} answered with nothing.`);
      return body;
    },
  };
}

function accessOf(options: OperatorOptions): { readonly url: URL; readonly token: string } {
  const { controlPlane, operatorTokenFile, state } = options;
  if (controlPlane === undefined) {
    // Before the secrets, which would be made where nothing has ever run.
    const { api } = readRuntime(state);
    const { operatorToken } = loadSecrets(stateDirectoryAt(state).secretsFile);
    return { url: new URL(api), token: operatorToken };
  }
  if (operatorTokenFile === undefined) {
    throw new UserError("--control-plane needs --operator-token-file.");
  }
  try {
    const [token = ""] = readFileSync(operatorTokenFile, "utf8").split("\n");
    return { url: controlPlane, token: token.trim() };
  } catch (cause) {
    throw new UserError(`${operatorTokenFile} cannot be read: it must hold the operator token.`, {
      cause,
    });
  }
}

import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { UserError } from "../user-error.ts";

/**
 * Below Linux's range for outgoing connections (32768 and up), so that none of them can take the port
 * before its listener does, and above the default RTP range.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 31_999;
const ATTEMPTS = 50;

/** A TCP port that nobody listens on at the moment. */
export async function freePort(address: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    try {
      await using _server = await listen(address, port);
      return port;
    } catch (error) {
      if (!isCode(error, "EADDRINUSE")) throw error;
    }
  }
  throw new UserError(`No free port was found on ${address}: name the ports by options.`);
}

/**
 * Fails early and in words when a port cannot be had.
 * @throws UserError
 */
export async function requireFreePort(
  address: string,
  port: number,
  option: string,
): Promise<void> {
  if (port === 0) return;
  try {
    await using _server = await listen(address, port);
  } catch (cause) {
    if (isCode(cause, "EADDRINUSE")) {
      throw new UserError(
        `Port ${port} on ${address} is already in use: choose another with ${option}, or 0 for any.`,
        { cause },
      );
    }
    if (isCode(cause, "EACCES")) {
      throw new UserError(
        `Port ${port} on ${address} needs privileges that this user lacks: choose one from 1024 up with ${option}.`,
        { cause },
      );
    }
    if (isCode(cause, "EADDRNOTAVAIL")) {
      throw new UserError(`${address} is not an address of this machine: choose one with --bind.`, {
        cause,
      });
    }
    throw cause;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function listen(address: string, port: number): Promise<AsyncDisposable> {
  const server = createServer();
  server.listen({ host: address, port, exclusive: true });
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

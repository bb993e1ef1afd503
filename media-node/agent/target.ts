import type { AgentRoute } from "../../schema/contracts/routing.ts";
import type { AgentTarget } from "../call/agent-ports.ts";
import type { RegionKeys } from "../control/region-keys.ts";
import { openaiUrl } from "./openai.ts";
import { TELNYX_TOKEN_HEADER } from "./telnyx.ts";
import { twilioSignature } from "./twilio.ts";

/**
 * What the agent's settings say of where it is, with its handshake headers opened.
 * @throws UnsealError
 */
export async function agentTarget(
  agent: AgentRoute,
  keys: Pick<RegionKeys, "unsealHeaders" | "unsealAuthToken">,
): Promise<AgentTarget> {
  const { connection, workspaceId, digitInput } = agent;
  switch (connection.protocol) {
    case "builtin":
      return { protocol: "builtin" };
    case "native": {
      const headers = await keys.unsealHeaders(agent);
      return { protocol: "native", url: connection.url, headers };
    }
    case "twilio": {
      const { url } = connection;
      const [given, token] = await Promise.all([
        keys.unsealHeaders(agent),
        keys.unsealAuthToken(agent),
      ]);
      // The token goes nowhere: what it signs is a header.
      const headers =
        token === null
          ? given
          : withHeader(given, "X-Twilio-Signature", twilioSignature(url, token.reveal()));
      return { protocol: "twilio", url, headers, workspaceId };
    }
    case "telnyx": {
      const { url } = connection;
      const [given, token] = await Promise.all([
        keys.unsealHeaders(agent),
        keys.unsealAuthToken(agent),
      ]);
      const authToken = token?.reveal() ?? null;
      const headers =
        authToken === null ? given : withHeader(given, TELNYX_TOKEN_HEADER, authToken);
      return { protocol: "telnyx", url, headers, workspaceId, authToken };
    }
    case "openai": {
      const { model } = connection.settings;
      const [given, key] = await Promise.all([
        keys.unsealHeaders(agent),
        keys.unsealAuthToken(agent),
      ]);
      const headers =
        key === null ? given : withHeader(given, "Authorization", `Bearer ${key.reveal()}`);
      return {
        protocol: "openai",
        url: openaiUrl(connection.url, model),
        headers,
        settings: connection.settings,
        collectsDigits: digitInput !== null,
      };
    }
    case "elevenlabs": {
      const [headers, key] = await Promise.all([
        keys.unsealHeaders(agent),
        keys.unsealAuthToken(agent),
      ]);
      return {
        protocol: "elevenlabs",
        url: connection.url,
        headers,
        apiKey: key?.reveal() ?? null,
        collectsDigits: digitInput !== null,
      };
    }
    default:
      return connection satisfies never;
  }
}

/** In the place of any other header of that name. */
function withHeader(
  headers: Readonly<Record<string, string>>,
  name: string,
  value: string,
): Record<string, string> {
  const others = Object.entries(headers).filter(
    ([other]) => other.toLowerCase() !== name.toLowerCase(),
  );
  return { ...Object.fromEntries(others), [name]: value };
}

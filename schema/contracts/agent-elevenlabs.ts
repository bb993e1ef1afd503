import { z } from "zod";

/** An agent of the ElevenLabs Agents platform, or of a server that speaks its WebSocket. */

const ELEVENLABS_URL = "wss://api.elevenlabs.io";
const CONVERSATION_PATH = "/v1/convai/conversation";

/** As clients write it, beside the headers. */
export const elevenlabsConfig = {
  agent_id: z.string().regex(/^[\w-]{1,128}$/, "is not 1 to 128 letters, digits, - and _"),
  /** Where the platform is: of its regions and residencies, and of servers that speak like it. The vendor's own when absent. */
  url: z.string().max(2_048).nullish(),
};

/** As answers have it. */
export const elevenlabsView = { agent_id: z.string(), url: z.string() };

/** The WebSocket of conversations with the agent. What cannot be a URL is given back as it is, for whoever checks URLs. */
export function elevenlabsConversationUrl(
  config: z.infer<z.ZodObject<typeof elevenlabsConfig>>,
): string {
  const base = config.url ?? ELEVENLABS_URL;
  const url = URL.parse(base);
  if (url === null) return base;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${CONVERSATION_PATH}`;
  url.search = "";
  url.hash = "";
  url.searchParams.set("agent_id", config.agent_id);
  return url.href;
}

/** The other way round. */
export function elevenlabsViewOf(
  conversationUrl: string,
): z.infer<z.ZodObject<typeof elevenlabsView>> {
  const url = new URL(conversationUrl);
  const path = url.pathname.slice(0, -CONVERSATION_PATH.length);
  return {
    agent_id: url.searchParams.get("agent_id") ?? "",
    url: `${url.protocol}//${url.host}${path}`,
  };
}

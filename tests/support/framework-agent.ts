import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { RealtimeAgent, RealtimeSession } from "@openai/agents/realtime";
import { TwilioRealtimeTransportLayer } from "@openai/agents-extensions";
import { WebSocketServer } from "ws";

/**
 * An application for Twilio Media Streams as the documentation of the OpenAI Agents SDK has it: the SDK's transport between the
 * stream and a Realtime session. It knows nothing of Trunkline.
 */
export async function startFrameworkAgent(realtimeUrl: string) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  const keys: string[] = [];
  const faults: unknown[] = [];
  server.on("connection", (socket) => {
    const agent = new RealtimeAgent({ name: "Greeter", instructions: "You answer the phone." });
    const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket: socket });
    const config = { audio: { output: { voice: "verse" } } };
    const session = new RealtimeSession(agent, { transport, model: "gpt-realtime", config });
    session.on("error", (fault) => faults.push(fault));
    session.on("transport_event", (event) => {
      if (event.type !== "twilio_message") return;
      const { message } = event;
      if (message.event === "dtmf") keys.push(message.dtmf.digit);
      if (message.event === "dtmf" && message.dtmf.digit === "#") socket.close(1000);
    });
    session.connect({ apiKey: "sk-test", url: realtimeUrl }).catch((fault) => faults.push(fault));
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server's address has a port
  return {
    url: `ws://127.0.0.1:${port}/media-stream`,
    keys,
    faults,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

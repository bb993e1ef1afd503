// An agent that speaks the ElevenLabs Agents WebSocket: greets, echoes, a turn interrupts, `9` hangs up.
// npm install ws; API_KEY=… node elevenlabs.mjs
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const { PORT = "9000", API_KEY = "" } = process.env;
const path = "/v1/convai/conversation";
const isSigned = ({ req }) => API_KEY === "" || req.url.includes("conversation_signature=once");
// As the platform's: the key buys the URL of one conversation.
const http = createServer(({ headers, url }, response) => {
  if (!url.startsWith(`${path}/get-signed-url`) || headers["xi-api-key"] !== API_KEY)
    return response.writeHead(401).end();
  const signed_url = `ws://${headers.host}${path}?agent_id=demo&conversation_signature=once`;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ signed_url }));
}).listen(Number(PORT), () => console.log(`listening on ${http.address().port}`));
new WebSocketServer({ server: http, verifyClient: isSigned }).on("connection", (socket) => {
  const format = { agent_output_audio_format: "ulaw_8000", user_input_audio_format: "ulaw_8000" };
  const send = (type, key, event) => socket.send(JSON.stringify({ type, [key]: event }));
  const speak = (audio_base_64, event_id) =>
    send("audio", "audio_event", { audio_base_64, event_id });
  let turn = 1;
  let greetedAt = Infinity;
  socket.on("error", () => socket.terminate());
  socket.on("message", (text) => {
    const message = JSON.parse(text);
    if (message.type === "conversation_initiation_client_data") {
      const metadata = { conversation_id: "conv_demo", ...format };
      send("conversation_initiation_metadata", "conversation_initiation_metadata_event", metadata);
      send("agent_response", "agent_response_event", { agent_response: "Beep.", event_id: turn });
      speak(beep.toString("base64"), turn);
      greetedAt = Date.now() + 2000;
    }
    if (message.user_audio_chunk && Date.now() > greetedAt) speak(message.user_audio_chunk, turn);
    if (message.type === "user_message") {
      send("interruption", "interruption_event", { event_id: turn++ });
      if (message.text === "9") socket.close(1000);
    }
  });
});
// One second of 1000 Hz in µ-law (the digital milliwatt of G.711).
const beep = Buffer.from("1e0b0b1e9e8b8b9e".repeat(1000), "hex");

// A server that speaks the OpenAI Realtime protocol, for a try without an account: greets, echoes, `#` ends the call.
// npm install ws; API_KEY=… node openai.mjs
import { WebSocketServer } from "ws";

const { PORT = "9000", API_KEY } = process.env;
const isKnown = ({ req }) => req.headers.authorization === `Bearer ${API_KEY}`;
const server = new WebSocketServer({ port: Number(PORT), verifyClient: isKnown });
server.on("listening", () => console.log(`listening on ${server.address().port}`));
server.on("connection", (socket) => {
  let [id, key, framesToSkip] = [0, "", 0];
  const send = (type, fields) => socket.send(JSON.stringify({ type, event_id: "e", ...fields }));
  const say = (delta) =>
    send("response.output_audio.delta", {
      ...{ response_id: `resp_${id}`, item_id: `item_${id}`, output_index: 0, content_index: 0 },
      delta,
    });
  const done = (status, output = []) =>
    send("response.done", { response: { id: `resp_${id}`, status, output } });
  const hangUp = { type: "function_call", name: "end_call", call_id: "call_1", arguments: "{}" };
  socket.on("error", () => socket.terminate());
  socket.on("message", (text) => {
    const { type, session, audio, item } = JSON.parse(text);
    if (type === "session.update") send("session.updated", { session });
    if (type === "conversation.item.create") key = item.content?.[0].text.match(/pressed (.)/)?.[1];
    if (type === "input_audio_buffer.append" && id > 0 && framesToSkip-- <= 0) say(audio);
    if (type === "response.cancel") done("cancelled");
    if (type !== "response.create") return;
    send("response.created", { response: { id: `resp_${++id}`, status: "in_progress" } });
    if (key === "#") return done("completed", [hangUp]);
    [key, framesToSkip] = ["", 50];
    say(beep.toString("base64"));
  });
  send("session.created", { session: { type: "realtime" } });
});
// One second of 1000 Hz in µ-law (the digital milliwatt of G.711).
const beep = Buffer.from("1e0b0b1e9e8b8b9e".repeat(1000), "hex");

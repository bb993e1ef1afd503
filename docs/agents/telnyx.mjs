// An agent that speaks Telnyx Media Streaming: greets, echoes, `*` interrupts, `#` hangs up.
// npm install ws; AUTH_TOKEN=… node telnyx.mjs
import { WebSocketServer } from "ws";

const { PORT = "9000", AUTH_TOKEN } = process.env;
const isKnown = ({ req }) => req.headers["x-telnyx-streaming-auth-token"] === AUTH_TOKEN;
const server = new WebSocketServer({ port: Number(PORT), verifyClient: isKnown });
server.on("listening", () => console.log(`listening on ${server.address().port}`));
server.on("connection", (socket) => {
  let isEchoing = false;
  const send = (message) => socket.send(JSON.stringify(message));
  socket.on("error", () => socket.terminate());
  socket.on("message", (text) => {
    const { event, media, dtmf, payload } = JSON.parse(text);
    if (event === "start") {
      send({ event: "media", media: { payload: beep.toString("base64") } });
      send({ event: "mark", mark: { name: "greeting" } });
    }
    if (event === "mark") isEchoing = true;
    if (event === "media" && isEchoing) send({ event, media: { payload: media.payload } });
    if (event === "dtmf" && dtmf.digit === "*") send({ event: "clear" });
    if (event === "dtmf" && dtmf.digit === "#") socket.close(1000);
    if (event === "error") console.error(payload.code, payload.title, payload.detail);
  });
});
// One second of 1000 Hz in µ-law (the digital milliwatt of G.711).
const beep = Buffer.from("1e0b0b1e9e8b8b9e".repeat(1000), "hex");

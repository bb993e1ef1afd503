// An agent that speaks Twilio Media Streams: greets, echoes, `*` interrupts, `#` hangs up.
// npm install ws; AUTH_TOKEN=… PUBLIC_URL=wss://… node twilio.mjs
import { createHmac } from "node:crypto";
import { WebSocketServer } from "ws";

const { PORT = "9000", AUTH_TOKEN, PUBLIC_URL } = process.env;
const isSigned = ({ req }) =>
  AUTH_TOKEN === undefined ||
  req.headers["x-twilio-signature"] ===
    createHmac("sha1", AUTH_TOKEN).update(PUBLIC_URL).digest("base64");
const server = new WebSocketServer({ port: Number(PORT), verifyClient: isSigned });
server.on("listening", () => console.log(`listening on ${server.address().port}`));
server.on("connection", (socket) => {
  let streamSid = "";
  let isEchoing = false;
  const send = (message) => socket.send(JSON.stringify({ ...message, streamSid }));
  socket.on("error", () => socket.terminate());
  socket.on("message", (text) => {
    const { event, media, dtmf, ...message } = JSON.parse(text);
    if (event === "start") {
      ({ streamSid } = message);
      send({ event: "media", media: { payload: beep.toString("base64") } });
      send({ event: "mark", mark: { name: "greeting" } });
    }
    if (event === "mark") isEchoing = true;
    if (event === "media" && isEchoing) send({ event, media: { payload: media.payload } });
    if (event === "dtmf" && dtmf.digit === "*") send({ event: "clear" });
    if (event === "dtmf" && dtmf.digit === "#") socket.close(1000);
  });
});
// One second of 1000 Hz in µ-law (the digital milliwatt of G.711).
const beep = Buffer.from("1e0b0b1e9e8b8b9e".repeat(1000), "hex");

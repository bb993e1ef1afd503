import { createConnection } from "node:net";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { expect, test } from "vitest";
import { deadline } from "../../tests/support/deadline.ts";
import { startExample } from "../../tests/support/example-agent.ts";

test("the example in the documentation is a Realtime server to the vendor's own client, and to nobody without its key", async () => {
  const port = await startExample("openai.mjs", { API_KEY: "sk-right" });
  // The client knows wss: only, which ends in TLS before a server in production.
  const options = { createConnection: () => createConnection(port, "127.0.0.1") };
  const connect = (apiKey: string) =>
    new OpenAIRealtimeWS(
      { model: "gpt-realtime", options },
      new OpenAI({ apiKey, baseURL: `https://127.0.0.1:${port}/v1` }),
    );
  const stranger = connect("sk-wrong");
  const refused = Promise.withResolvers<string>();
  stranger.on("error", ({ message }) => refused.resolve(message));
  expect(await deadline(refused.promise, 2_000, "not refused")).toContain("401");

  const client = connect("sk-right");
  const heard: string[] = [];
  const ended = Promise.withResolvers<string>();
  client.on("error", ended.reject);
  client.on("session.created", () =>
    client.send({ type: "session.update", session: { type: "realtime", instructions: "x" } }),
  );
  client.on("session.updated", ({ session }) => {
    expect(session).toEqual({ type: "realtime", instructions: "x" });
    client.send({ type: "response.create" });
  });
  client.on("response.output_audio.delta", ({ delta }) => {
    heard.push(delta);
    client.send({ type: "response.cancel" });
  });
  client.on("response.done", ({ response }) => ended.resolve(`${response.id} ${response.status}`));
  expect(await deadline(ended.promise, 2_000, "no response")).toBe("resp_1 cancelled");
  expect(Buffer.from(heard.join(""), "base64")).toHaveLength(8_000);
  client.close();
});

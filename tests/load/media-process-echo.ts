import process from "node:process";
import { parentPort } from "node:worker_threads";

/** Answers each message of a batch with a short one, as a media process or as a thread. */
const answer = (messages: unknown): void => {
  const count = Array.isArray(messages) ? messages.length : 1;
  post(Array.from({ length: count }, (_, request) => ({ kind: "done", request })));
};
const post = (messages: readonly unknown[]): void => {
  if (parentPort === null) process.send?.(messages);
  else parentPort.postMessage(messages);
};
if (parentPort === null) process.on("message", answer).on("disconnect", () => process.exit());
else parentPort.on("message", answer);
post([{ kind: "ready" }]);

import { expect, test } from "vitest";
import { CallerAudio, createPcmFrames } from "./caller-audio.ts";

/** A socket that takes what it is given and says how much of it has not left. */
function fakeSocket() {
  const sent: number[] = [];
  return {
    isOpen: true,
    bufferedAmount: 0,
    sent,
    /** Remembers the first sample of each frame. */
    sendBinary(bytes: Uint8Array) {
      sent.push(new DataView(bytes.buffer, bytes.byteOffset).getInt16(0, true));
    },
  };
}

const frame = (value: number) => new Int16Array(160).fill(value);

test("an agent that keeps up gets every frame at once", () => {
  const socket = fakeSocket();
  const audio = new CallerAudio(socket, createPcmFrames(socket));
  audio.send(frame(1), 8_000);
  audio.send(frame(2), 8_000);
  expect(socket.sent).toEqual([1, 2]);
  expect(audio.framesDropped).toBe(0);
});

test("behind a full socket the last 2 s are kept, in order, and the older ones counted", () => {
  const socket = fakeSocket();
  const audio = new CallerAudio(socket, createPcmFrames(socket));
  socket.bufferedAmount = 3_200;
  for (let i = 1; i <= 150; i++) audio.send(frame(i), 8_000);
  expect(socket.sent).toEqual([]);
  expect(audio.framesDropped).toBe(50);

  socket.bufferedAmount = 0;
  audio.send(frame(151), 8_000);
  expect(socket.sent).toEqual(Array.from({ length: 101 }, (_, i) => i + 51));
  expect(audio.framesDropped).toBe(50);
});

test("nothing is kept for a connection that is closing", () => {
  const socket = fakeSocket();
  const audio = new CallerAudio(socket, createPcmFrames(socket));
  socket.isOpen = false;
  audio.send(frame(1), 8_000);
  socket.isOpen = true;
  audio.send(frame(2), 8_000);
  expect(socket.sent).toEqual([2]);
});

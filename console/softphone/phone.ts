import type { TestCallCommand, TestCallMessage } from "../../schema/contracts/test-calls.ts";
import { TEST_CALL_RATE_HZ } from "../../schema/values/test-call-audio.ts";
import { PROCESSOR, type ToPage, type ToWorklet } from "./ports.ts";

/** Where the build has put worklet.ts. */
declare const SOFTPHONE_WORKLET: string;

/** What waits to leave for longer than this would be heard late: it is not sent. */
const MAX_WAITING_BYTES = (TEST_CALL_RATE_HZ * 2) / 5;
const TELL_HEARD_EVERY = 10;
const NORMAL = 1000;
/** So long the answer to a hang-up is waited for. */
const HANG_UP_MS = 2_000;

interface PhoneEvents {
  told(message: TestCallMessage): void;
  /** 0 to 100. */
  levels(said: number, heard: number): void;
  /** The link is gone; once. */
  closed(): void;
}

/** The microphone and the loudspeaker of one call. */
export interface Ear {
  /** Joins a call whose audio is at this path. */
  join(audioPath: string, events: PhoneEvents): Line;
  /** Gives the microphone back. */
  close(): void;
}

interface Line {
  press(key: string): void;
  mute(isMuted: boolean): void;
  /** The end is told, and then the link closed. */
  hangUp(): void;
  /** At once: nobody listens any more. */
  leave(): void;
}

/**
 * The microphone, after the browser has asked for it, and the audio thread.
 * @throws DOMException of getUserMedia, by whose name it says why there is none
 */
export async function openEar(): Promise<Ear> {
  // Absent outside secure contexts, whatever the types say.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) throw new DOMException("no microphone here", "SecurityError");
  const stream = await devices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const context = new AudioContext({ latencyHint: "interactive" });
  const close = (): void => {
    for (const track of stream.getTracks()) track.stop();
    context.close().catch(() => undefined);
  };
  try {
    await context.audioWorklet.addModule(SOFTPHONE_WORKLET);
    await context.resume();
    const node = new AudioWorkletNode(context, PROCESSOR, {
      channelCount: 1,
      channelCountMode: "explicit",
    });
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
    return { join: (path, events) => join(path, node.port, events), close };
  } catch (cause) {
    close();
    throw cause;
  }
}

function join(audioPath: string, port: MessagePort, events: PhoneEvents): Line {
  const url = new URL(audioPath, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let isMuted = false;
  let messages = 0;
  const command = (what: TestCallCommand): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(what));
  };
  port.onmessage = ({ data }: MessageEvent<ToPage>) => {
    if (data.type === "levels") {
      events.levels(isMuted ? 0 : data.said, data.heard);
      return;
    }
    const isOpen = socket.readyState === WebSocket.OPEN;
    if (!isOpen || socket.bufferedAmount > MAX_WAITING_BYTES) return;
    socket.send(isMuted ? new ArrayBuffer(data.pcm.byteLength) : data.pcm);
  };
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") {
      // Our own server's message: its contract is what the type names.
      events.told(JSON.parse(data) as TestCallMessage);
      return;
    }
    const heard: ToWorklet = { pcm: data };
    port.postMessage(heard, [heard.pcm]);
    messages += 1;
    if (messages % TELL_HEARD_EVERY === 0) command({ type: "heard", messages });
  };
  socket.onclose = () => events.closed();
  return {
    press: (digits) => command({ type: "dtmf", digits }),
    mute(next) {
      isMuted = next;
    },
    hangUp() {
      command({ type: "hangup" });
      setTimeout(() => socket.close(NORMAL), HANG_UP_MS);
    },
    leave: () => socket.close(NORMAL),
  };
}

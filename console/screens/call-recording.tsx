import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { ConversationView } from "../../schema/contracts/conversation.ts";
import { durationWords } from "../model/words.ts";
import { conversations } from "../resources.ts";
import { QueryState } from "../ui/notice.tsx";
import { Empty } from "../ui/parts.tsx";

/** Decoded, this much audio is a hundred megabytes: a longer recording is played without its wave. */
const MAX_WAVE_BYTES = 12_000_000;

/** The audio, left the caller and right the agent. */
export function Recording({ call }: { call: ConversationView }) {
  const { recording } = call;
  if (recording === null) {
    return (
      <Empty title="This call was not recorded">
        <p>
          Recording is a setting of the agent. Whether callers have to be told is yours to know.
        </p>
      </Empty>
    );
  }
  if (recording.state === "failed") {
    return (
      <Empty title="The recording failed">
        <p>
          <code>{recording.code}</code>: the call itself was not touched by it.
        </p>
      </Empty>
    );
  }
  if (recording.state !== "ready") {
    return (
      <p role="status">The recording is not ready yet: it comes shortly after the call's end.</p>
    );
  }
  return <Player id={call.conversation_id} />;
}

function Player({ id }: { id: string }) {
  const query = useQuery({
    queryKey: ["call", id, "audio"],
    queryFn: ({ signal }) => conversations.audio(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [url, setUrl] = useState("");
  const audio = useRef<HTMLAudioElement>(null);
  const blob = query.data;
  useEffect(() => {
    if (blob === undefined) return;
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return (
    <>
      <QueryState query={query} what="the recording" />
      {url === "" || blob === undefined ? null : (
        <section className="card" aria-label="Recording">
          {blob.size > MAX_WAVE_BYTES ? null : <Wave blob={blob} audio={audio} />}
          {/* biome-ignore lint/a11y/useMediaCaption: what is said stands in the transcript. */}
          <audio ref={audio} controls src={url} aria-label="Recording of the call" />
          <p className="muted">
            Above the caller, below the agent. What was said stands in the transcript.
          </p>
        </section>
      )}
    </>
  );
}

/** Both channels as a drawing, with where the audio is. */
function Wave(props: { blob: Blob; audio: React.RefObject<HTMLAudioElement | null> }) {
  const { blob, audio } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [peaks, setPeaks] = useState<readonly (readonly number[])[]>([]);
  const [length, setLength] = useState(0);
  useEffect(() => {
    let isGone = false;
    decodePeaks(blob).then(
      (decoded) => {
        if (isGone) return;
        setPeaks(decoded.peaks);
        setLength(decoded.secs);
      },
      () => undefined, // the player below plays what it can
    );
    return () => {
      isGone = true;
    };
  }, [blob]);
  useEffect(() => {
    const element = canvas.current;
    const player = audio.current;
    if (element === null || peaks.length === 0) return;
    const paint = (): void =>
      draw(element, peaks, length === 0 ? 0 : (player?.currentTime ?? 0) / length);
    paint();
    player?.addEventListener("timeupdate", paint);
    return () => player?.removeEventListener("timeupdate", paint);
  }, [peaks, length, audio]);
  return (
    <canvas
      ref={canvas}
      className="wave"
      role="img"
      aria-label={`Wave of caller and agent, ${durationWords(length)}`}
      onClick={(event) => {
        const player = audio.current;
        const box = event.currentTarget.getBoundingClientRect();
        if (player !== null) player.currentTime = ((event.clientX - box.left) / box.width) * length;
      }}
    />
  );
}

const BARS = 400;

async function decodePeaks(blob: Blob): Promise<{ peaks: number[][]; secs: number }> {
  const context = new OfflineAudioContext(2, 1, 8_000);
  const buffer = await context.decodeAudioData(await blob.arrayBuffer());
  const peaks = Array.from({ length: Math.min(2, buffer.numberOfChannels) }, (_, channel) => {
    const samples = buffer.getChannelData(channel);
    const each = Math.max(1, Math.floor(samples.length / BARS));
    return Array.from({ length: BARS }, (__, bar) => {
      let peak = 0;
      for (let at = bar * each; at < (bar + 1) * each; at += 1) {
        peak = Math.max(peak, Math.abs(samples[at] ?? 0));
      }
      return peak;
    });
  });
  return { peaks, secs: buffer.duration };
}

function draw(
  canvas: HTMLCanvasElement,
  peaks: readonly (readonly number[])[],
  played: number,
): void {
  const scale = window.devicePixelRatio;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const style = getComputedStyle(canvas);
  const lane = canvas.height / peaks.length;
  const bar = canvas.width / BARS;
  peaks.forEach((channel, index) => {
    channel.forEach((peak, at) => {
      const height = Math.max(scale, peak * lane * 0.9);
      context.globalAlpha = at / BARS < played ? 1 : 0.45;
      context.fillStyle = style.color;
      context.fillRect(
        at * bar,
        index * lane + (lane - height) / 2,
        Math.max(1, bar - scale),
        height,
      );
    });
  });
}

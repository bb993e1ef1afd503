import type { EngineEvent } from "../../media-node/engine/engine-config.ts";
import type { Terminal } from "../terminal.ts";

/** One SIP message of the call. */
export interface Rung {
  /** From the first message. */
  readonly at_ms: number;
  readonly direction: "out" | "in";
  /** Start line; a response with the method that it answers. */
  readonly message: string;
  /** The whole message; keys and credentials are left out. */
  readonly text: string;
}

/** What went over the wire, in order, and told while it happens. */
export interface Ladder {
  readonly rungs: readonly Rung[];
  hear(event: EngineEvent): void;
  /** A line between the messages: what is heard. */
  note(text: string): void;
  /** Milliseconds from the first INVITE to the first 200 to it; null when there was none. */
  setupMs(): number | null;
  /** What the last response says is wrong with the offer (RFC 3261 §20.43), in its own words. */
  lastWarning(): string | null;
  /** The engine's last fault: why nobody was reached. */
  lastFault(): string | null;
}

export function createLadder(terminal: Terminal, now: () => number): Ladder {
  const rungs: Rung[] = [];
  let firstAtMs: number | null = null;
  let fault: string | null = null;
  const stamp = (atMs: number): string => {
    return terminal.paint("dim", `${(atMs / 1_000).toFixed(3).padStart(8)}`);
  };
  return {
    rungs,
    hear(event) {
      if (event.kind === "fault") {
        const words = event.code === "peer_is_not_sip" ? " does not speak SIP" : "";
        fault = `${event.detail}${words}`;
        return;
      }
      firstAtMs ??= event.atMs;
      const direction = event.direction;
      const rung = {
        at_ms: event.atMs - firstAtMs,
        direction,
        message: describe(event),
        text: event.text,
      };
      rungs.push(rung);
      const arrow =
        direction === "out" ? terminal.paint("cyan", "→") : terminal.paint("green", "←");
      terminal.say(`${stamp(rung.at_ms)} ${arrow} ${rung.message}`);
    },
    note(text) {
      if (firstAtMs === null) terminal.say(text);
      else terminal.say(`${stamp(Math.max(0, now() - firstAtMs))} · ${text}`);
    },
    setupMs() {
      const answer = rungs.find((rung) => /^2\d\d .*\(INVITE\)$/.test(rung.message));
      return answer === undefined ? null : Math.round(answer.at_ms);
    },
    lastWarning() {
      const answers = rungs.filter((rung) => rung.direction === "in");
      return (
        /^Warning[ \t]*:[ \t]*\d{3}[ \t]+\S+[ \t]+"([^"]*)"/im.exec(
          answers.at(-1)?.text ?? "",
        )?.[1] ?? null
      );
    },
    lastFault: () => fault,
  };
}

function describe(event: Extract<EngineEvent, { kind: "message" }>): string {
  const response = /^SIP\/2\.0 (\d{3}.*)$/.exec(event.startLine)?.[1];
  if (response === undefined) return event.startLine.replace(/ SIP\/2\.0$/, "");
  const method = /^CSeq[ \t]*:[ \t]*\d+[ \t]+(\w+)/im.exec(event.text)?.[1] ?? "?";
  return `${response} (${method})`;
}

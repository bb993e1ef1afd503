import { type Carrier, type CarrierCall, startCarrier } from "./carrier.ts";
import { audioPort, openRtpPeer, type RtpPeer } from "./rtp-peer.ts";
import { sine } from "./tone-agent.ts";

/** A carrier for many calls at a time: what becomes of each is decided by the number that is called. */
export interface BatchCarrier extends AsyncDisposable {
  readonly carrier: Carrier;
  /** How often each number was called, whatever came of it. */
  readonly dialled: ReadonlyMap<string, number>;
  /** The most calls that were ever up at a time: from the INVITE to the final response, CANCEL or BYE. */
  readonly most: number;
  /** Calls that are up now. */
  readonly up: number;
}

/**
 * `answered`: 200, and BYE after `talkMs`. `voicemail`: 200, a beep, and silence until the caller hangs up. `rings`: until it
 * is given up. A text: a refusal, such as `486 Busy Here`.
 */
export type BatchFate = "answered" | "voicemail" | "rings" | `${number} ${string}`;

const CALLED = /^INVITE sips?:([^@;]+)@/;
const RING_MS = 30;
const BEEP = sine(1_400, 8_000, 4_000);

export async function startBatchCarrier(settings: {
  readonly fateOf: (number: string, times: number) => BatchFate;
  readonly rtpPort: number;
  readonly talkMs: number;
}): Promise<BatchCarrier> {
  const dialled = new Map<string, number>();
  const up = new Set<CarrierCall>();
  const timers = new Set<NodeJS.Timeout>();
  const machines: RtpPeer[] = [];
  let most = 0;

  const after = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const answerWithBeep = async (call: CarrierCall, callersPort: number): Promise<void> => {
    const machine = await openRtpPeer(0);
    machines.push(machine);
    machine.say(BEEP);
    machine.talk(callersPort, null);
    call.answer(machine.port);
  };
  /** What the other side has ended is not up, whoever notices when. */
  const forgetEnded = (): void => {
    for (const call of up) {
      const isEnded = call.received.some(({ startLine }) => /^(CANCEL|BYE) /.test(startLine));
      if (isEnded) up.delete(call);
    }
  };

  const carrier = await startCarrier((call, { startLine, body }) => {
    const number = decodeURIComponent(CALLED.exec(startLine)?.[1] ?? "");
    const times = (dialled.get(number) ?? 0) + 1;
    dialled.set(number, times);
    forgetEnded();
    up.add(call);
    most = Math.max(most, up.size);
    const fate = settings.fateOf(number, times);
    call.reply("180 Ringing");
    if (fate === "rings") return;
    if (fate === "voicemail") {
      void answerWithBeep(call, audioPort(body));
      return;
    }
    after(RING_MS, () => {
      if (fate !== "answered") {
        up.delete(call);
        call.reply(fate);
        return;
      }
      call.answer(settings.rtpPort);
      after(settings.talkMs, () => {
        // The node may have been quicker.
        if (up.delete(call)) call.send("BYE");
      });
    });
  });

  return {
    carrier,
    dialled,
    get most() {
      return most;
    },
    get up() {
      forgetEnded();
      return up.size;
    },
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(machines.map((machine) => machine[Symbol.asyncDispose]()));
      await carrier[Symbol.asyncDispose]();
    },
  };
}

/** Numbers to call whose last digit says what becomes of them. */
export function batchNumbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `+1500${String(5_560_000 + index)}`);
}

import { Dialog } from "@base-ui/react/dialog";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useRef, useState } from "react";
import type { TestCallView } from "../../schema/contracts/test-calls.ts";
import {
  isUp,
  microphoneWords,
  type PhoneState,
  phoneAfter,
  stateWords,
} from "../model/phone-state.ts";
import { ApiProblem } from "../model/problem.ts";
import { durationWords } from "../model/words.ts";
import { type TestCallTarget, testCalls } from "../resources.ts";
import { Link } from "../router.tsx";
import { type Ear, openEar } from "../softphone/phone.ts";
import { DialogFrame } from "../ui/dialog.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { Button } from "../ui/parts.tsx";
import { Phone } from "../ui/values.tsx";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const KEY_NAMES: Readonly<Record<string, string>> = { "*": "star", "#": "hash" };

/** What the call holds on to: given back when it ends, and when the page goes on without it. */
interface Own {
  ear: Ear | null;
  line: ReturnType<Ear["join"]> | null;
  isGone: boolean;
}

function release(own: Own): void {
  own.line?.leave();
  own.ear?.close();
  own.line = null;
  own.ear = null;
}

/** A phone in the page: what is said into the microphone is said to the agent, over a SIP call that a node places. */
export function TryIt(props: { title: string; target: TestCallTarget; onClose: () => void }) {
  const phone = usePhone(props.target);
  const { call, state } = phone;
  return (
    <DialogFrame narrow title={props.title} onClose={props.onClose}>
      <div className="body">
        <Dialog.Description className="muted">
          This page becomes a phone. A media node calls the number over SIP, as a caller would, and
          your microphone and loudspeaker are at the calling end: ten minutes at most. Your browser
          asks for the microphone first. The call is kept in the history and counted as a test.
        </Dialog.Description>
        <p role="status" aria-label="State of the call">
          <strong>{stateWords(state)}</strong>
        </p>
        {call === null ? null : (
          <p>
            Number: <Phone number={call.phone_number} />
            {state.at === "talking" ? <Elapsed sinceMs={state.sinceMs} /> : null}
          </p>
        )}
        {isUp(state) ? <Talking phone={phone} /> : null}
        <Story state={state} call={call} />
        {phone.fault === null ? null : (
          <div className="notice bad" role="alert">
            {phone.fault}
          </div>
        )}
        <ProblemNotice error={phone.problem} />
      </div>
      <footer className="popup-foot">
        {isUp(state) ? (
          <Button look="danger" onClick={phone.hangUp}>
            Hang up
          </Button>
        ) : (
          <Button
            look="primary"
            aria-disabled={state.at === "asking"}
            onClick={() => (state.at === "asking" ? undefined : void phone.start())}
          >
            {state.at === "ended" ? "Call again" : "Call"}
          </Button>
        )}
      </footer>
    </DialogFrame>
  );
}

function usePhone(target: TestCallTarget) {
  const [state, tell] = useReducer(phoneAfter, { at: "ready" });
  const [call, setCall] = useState<TestCallView | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [levels, setLevels] = useState({ said: 0, heard: 0 });
  const [isMuted, setMuted] = useState(false);
  const [pressed, setPressed] = useState("");
  const own = useRef<Own>({ ear: null, line: null, isGone: false });
  const client = useQueryClient();
  useEffect(() => {
    const mine = own.current;
    mine.isGone = false;
    return () => {
      mine.isGone = true;
      release(mine);
    };
  }, []);

  const start = async (): Promise<void> => {
    setProblem(null);
    setFault(null);
    setCall(null);
    setPressed("");
    setMuted(false);
    tell({ kind: "called" });
    const mine = own.current;
    try {
      const ear = await openEar();
      mine.ear = ear;
      if (mine.isGone) return release(mine);
      tell({ kind: "allowed" });
      const placed = await testCalls.place(target, crypto.randomUUID());
      if (mine.isGone) return;
      setCall(placed);
      mine.line = ear.join(placed.audio_path, {
        told(message) {
          tell({ kind: "told", message, atMs: Date.now() });
          if (message.type === "digits_sent" && message.outcome === "sent") {
            setPressed((before) => before + message.digits);
          }
        },
        levels: (said, heard) => setLevels({ said, heard }),
        closed() {
          tell({ kind: "closed" });
          release(mine);
          void client.invalidateQueries({ queryKey: ["calls"] });
        },
      });
    } catch (error) {
      release(mine);
      if (mine.isGone) return;
      tell({ kind: "failed" });
      if (error instanceof ApiProblem) setProblem(error);
      else setFault(microphoneWords(error instanceof DOMException ? error.name : ""));
    }
  };
  return {
    call,
    fault,
    isMuted,
    levels,
    pressed,
    problem,
    state,
    start,
    hangUp: () => own.current.line?.hangUp(),
    press: (key: string) => own.current.line?.press(key),
    mute(next: boolean) {
      own.current.line?.mute(next);
      setMuted(next);
    },
  };
}

function Talking({ phone }: { phone: ReturnType<typeof usePhone> }) {
  return (
    <>
      <dl className="facts">
        <Level name="What you say" value={phone.levels.said} />
        <Level name="What you hear" value={phone.levels.heard} />
      </dl>
      <fieldset className="keypad" disabled={phone.state.at !== "talking"}>
        <legend className="small">Keys</legend>
        {KEYS.map((key) => (
          <Button
            key={key}
            aria-label={`Key ${KEY_NAMES[key] ?? key}`}
            onClick={() => phone.press(key)}
          >
            {key}
          </Button>
        ))}
      </fieldset>
      <p className="row middle">
        <Button aria-pressed={phone.isMuted} onClick={() => phone.mute(!phone.isMuted)}>
          {phone.isMuted ? "Microphone is off" : "Microphone is on"}
        </Button>
        <span role="status" aria-label="Keys that were sent">
          {phone.pressed === "" ? "" : `Sent: ${phone.pressed}`}
        </span>
      </p>
    </>
  );
}

function Level({ name, value }: { name: string; value: number }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <meter className="level" aria-label={name} min={0} max={100} value={value} />
      </dd>
    </>
  );
}

/** Apart from the status: a clock that is read out each second would be in the way of the call. */
function Elapsed({ sinceMs }: { sinceMs: number }) {
  const [nowMs, setNow] = useState(sinceMs);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <span> · {durationWords((nowMs - sinceMs) / 1_000)}</span>;
}

/** Where it is told what became of it. */
function Story({ call, state }: { call: TestCallView | null; state: PhoneState }) {
  if (state.at !== "ended" || call === null) return null;
  return state.hasRung ? (
    <p>
      <Link to={`/calls/${call.conversation_id}`}>Open the call</Link>: its verdict, SIP ladder and
      quality.
    </p>
  ) : (
    <p>
      <Link to="/rejected">See the rejected attempts</Link>: they say why a call was refused.
    </p>
  );
}

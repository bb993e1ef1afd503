import { useEffect, useRef, useState } from "react";
import type {
  AllowRule,
  FaultSide,
  TrunkTestLine,
  TrunkTestStage,
  TrunkTestStageName,
} from "../../schema/contracts/trunk-test.ts";
import { TRUNK_TEST_STAGES } from "../../schema/values/trunk-test-stages.ts";
import { durationWords } from "../model/words.ts";
import { trunkTests } from "../resources.ts";
import { TextField } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { Badge, Button, CopyLine, type Tone } from "../ui/parts.tsx";
import { Foreign } from "../ui/values.tsx";

const STAGES: Readonly<Record<TrunkTestStageName, string>> = {
  dns: "Name",
  tcp: "Connection",
  tls: "Encryption",
  options: "SIP server",
  digest: "Password",
  invite: "Ringing",
};

const SIDES: Readonly<Record<FaultSide, string>> = {
  dns: "your name's DNS",
  customer_firewall: "your firewall",
  pbx: "your PBX",
  carrier: "your carrier",
  trunk_settings: "the settings of this trunk",
  trunkline: "our side",
};

interface Run {
  readonly isOver: boolean;
  readonly stages: readonly TrunkTestStage[];
  readonly verdict: Extract<TrunkTestLine, { type: "end" }>["verdict"] | null;
  readonly error: unknown;
}

const BEGUN: Run = { isOver: false, stages: [], verdict: null, error: null };

/** Has a node of the region go the way to the trunk, and shows each stage as it ends. */
export function TrunkTest(props: {
  readonly bodyOf: (ring: string) => unknown;
  /** What was wrong with the settings, for their fields. */
  readonly onError: (error: unknown) => void;
}) {
  const [ring, setRing] = useState("");
  const [run, setRun] = useState<Run | null>(null);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const isRunning = run !== null && !run.isOver;
  const start = async (): Promise<void> => {
    const controller = new AbortController();
    abort.current = controller;
    const { signal } = controller;
    setRun(BEGUN);
    props.onError(null);
    try {
      for await (const line of trunkTests.run(props.bodyOf(ring), signal)) {
        setRun((before) => (before === null ? before : withLine(before, line)));
      }
      // A stream that breaks off has told no verdict.
      setRun(
        (before) => before && { ...before, isOver: true, verdict: before.verdict ?? "incomplete" },
      );
    } catch (error) {
      if (signal.aborted) return;
      props.onError(error);
      setRun((before) => before && { ...before, isOver: true, error });
    }
  };
  return (
    <fieldset className="stack tight">
      <legend className="small">Test the trunk before you save it</legend>
      <div className="row beside">
        <div className="grow">
          <TextField
            label="Number to ring"
            type="tel"
            value={ring}
            onText={setRing}
            help="Optional: it rings once and nobody has to answer."
          />
        </div>
        <Button aria-disabled={isRunning} onClick={() => (isRunning ? undefined : void start())}>
          {isRunning ? "Testing…" : "Test"}
        </Button>
      </div>
      {run === null ? null : <Result run={run} />}
    </fieldset>
  );
}

function withLine(run: Run, line: TrunkTestLine): Run {
  switch (line.type) {
    case "start":
      return run;
    case "stage":
      return { ...run, stages: [...run.stages, line] };
    case "end":
      return { ...run, isOver: true, verdict: line.verdict };
    default:
      return line satisfies never;
  }
}

function Result({ run }: { run: Run }) {
  const failed = run.stages.find(({ status }) => status === "failed");
  const waiting = run.isOver ? undefined : TRUNK_TEST_STAGES[run.stages.length];
  return (
    <section aria-label="Stages of the test" className="card">
      <ol className="stages">
        {run.stages.map((stage) => (
          <Stage key={stage.stage} stage={stage} />
        ))}
        {waiting === undefined ? null : <li className="muted">{STAGES[waiting]}: is looked at…</li>}
      </ol>
      <p role="status">
        <strong>{wordsOf(run, failed)}</strong>
      </p>
      <ProblemNotice error={run.error} />
    </section>
  );
}

function wordsOf({ isOver, verdict }: Run, failed: TrunkTestStage | undefined): string {
  if (!isOver) return "";
  switch (verdict) {
    case null:
      return "The test did not run.";
    case "passed":
      return "Calls can be placed over this trunk.";
    case "failed":
      return failed?.failure == null
        ? "The test failed."
        : `It is to be put right at ${SIDES[failed.failure.side]}.`;
    case "incomplete":
      return "The node that tested was lost on the way: test again.";
    default:
      return verdict satisfies never;
  }
}

const STATUS: Readonly<Record<TrunkTestStage["status"], readonly [string, Tone]>> = {
  ok: ["Passed", "good"],
  failed: ["Failed", "bad"],
  skipped: ["Not needed", "plain"],
};

function Stage({ stage }: { stage: TrunkTestStage }) {
  const [word, tone] = STATUS[stage.status];
  const { failure } = stage;
  return (
    <li className="stack tight">
      <span className="row middle">
        <strong>{STAGES[stage.stage]}</strong>
        <Badge tone={tone}>{word}</Badge>
        {stage.status === "skipped" ? null : (
          <span className="muted">
            {stage.duration_ms < 1_000
              ? `${stage.duration_ms} ms`
              : durationWords(stage.duration_ms / 1_000)}
          </span>
        )}
      </span>
      <Foreign text={stage.detail} />
      {stage.warning === null ? null : (
        <span className="notice warn">
          <Foreign text={stage.warning} />
        </span>
      )}
      {failure === null ? null : (
        <span className="notice bad">
          <strong>At {SIDES[failure.side]}</strong>
          <Foreign text={failure.hint} />
          {failure.allow === null ? null : (
            <CopyLine text={ruleText(failure.allow)} label="the rule to allow" />
          )}
        </span>
      )}
    </li>
  );
}

/** As a person at a firewall reads it. */
function ruleText({ protocol, from, to, to_port: port }: AllowRule): string {
  return `allow ${protocol} from ${from.join(", ")} to ${to.join(", ")} port ${port}`;
}

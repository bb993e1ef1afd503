import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { NumberActivity } from "../../schema/contracts/number-activity.ts";
import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { codeWords } from "../model/words.ts";
import { phoneNumbers } from "../resources.ts";
import { Link } from "../router.tsx";
import { Badge, type Tone } from "../ui/parts.tsx";
import { BriefTime, Foreign } from "../ui/values.tsx";

/** Cells of the list of numbers about what has become of their calls. The list does not wait for them. */

export type ActivityOf = (number: PhoneNumberView) => NumberActivity | undefined;

const LOOK_MS = 30_000;

export function useActivity(rows: readonly PhoneNumberView[]): ActivityOf {
  const ids = rows.map((row) => row.phone_number_id);
  const query = useQuery({
    queryKey: ["number-activity", ids],
    queryFn: ({ signal }) => phoneNumbers.activity(ids, signal),
    enabled: ids.length > 0,
    refetchInterval: LOOK_MS,
    placeholderData: keepPreviousData,
  });
  return (number) => query.data?.get(number.phone_number_id);
}

const HEALTH: Readonly<Record<NumberActivity["trunk_health"], readonly [string, Tone]>> = {
  failing: ["Failing", "bad"],
  refusing: ["Refusing calls", "warn"],
  unused: ["Not used yet", "plain"],
  working: ["Working", "good"],
};

export function TrunkHealth({ activity }: { activity: NumberActivity | undefined }) {
  if (activity === undefined) return <>…</>;
  const [word, tone] = HEALTH[activity.trunk_health];
  const { problem } = activity;
  return (
    <span className="stack tight">
      <span>
        <Badge tone={tone}>{word}</Badge> {activity.region}
      </span>
      {problem === null ? null : (
        <span className="muted">
          <Foreign text={problem.reason === "" ? codeWords(problem.code) : problem.reason} />
        </span>
      )}
    </span>
  );
}

export function LastCall({ activity }: { activity: NumberActivity | undefined }) {
  if (activity === undefined) return <>…</>;
  const { last_call: call, live_calls: live } = activity;
  if (call === null) return <span className="muted">None</span>;
  return (
    <span className="stack tight">
      <Link to={`/calls/${call.conversation_id}`}>
        <BriefTime atMs={Date.parse(call.started_at)} />
      </Link>
      {live === 0 ? null : (
        <span>
          <Badge tone="info">{live === 1 ? "1 live call" : `${live} live calls`}</Badge>
        </span>
      )}
    </span>
  );
}

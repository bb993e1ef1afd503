import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ConversationSummary } from "../../schema/contracts/conversation.ts";
import { csvOf } from "../model/csv.ts";
import { durationWords, unixOf, utcTime } from "../model/words.ts";
import { conversations } from "../resources.ts";
import { Link, setParams, useParam } from "../router.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, Empty, PageHead, saveFile, type Tone } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Foreign, Phone, Time } from "../ui/values.tsx";
import { AgentFilter } from "./assign-agent.tsx";

const NEWEST_FIRST = { by: "start_time", direction: "desc" } as const;

/** Calls that were, newest first unless they are sorted. Every filter stands in the URL. */
export function CallsScreen() {
  const [agentId] = useParam("agent_id");
  const [after] = useParam("after");
  const [before] = useParam("before");
  const [longer] = useParam("longer");
  const [without] = useParam("without");
  const [sortBy] = useParam("sort_by");
  const [direction] = useParam("sort_direction");
  const pager = usePager();
  const filter = {
    agent_id: agentId,
    call_start_after_unix: unixOf(after),
    call_start_before_unix: unixOf(before),
    call_duration_min_secs: longer,
    exclude_statuses: without,
    sort_by: sortBy,
    sort_direction: direction,
    cursor: pager.cursor,
  };
  const query = useQuery({
    queryKey: ["calls", filter],
    queryFn: ({ signal }) => conversations.page(filter, signal),
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.rows ?? [];
  const isFiltered = [agentId, after, before, longer, without, pager.cursor].some(Boolean);
  return (
    <>
      <PageHead
        title="Call history"
        about="What was said, how well it was heard, and why it ended."
      >
        <Button onClick={() => saveFile("calls.csv", "text/csv", tableOf(rows))}>
          Save this page as CSV
        </Button>
      </PageHead>
      <Filters {...{ after, before, longer, without }} />
      <QueryState query={query} what="calls" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <>
          <Table
            caption="Calls"
            columns={COLUMNS}
            rows={rows}
            order={NEWEST_FIRST}
            keyOf={(row) => row.conversation_id}
          />
          {pager.bar(query.data.next, rows.length)}
        </>
      ) : isFiltered ? (
        <Empty title="No call matches">
          <Link to="/calls">Show all calls</Link>
        </Empty>
      ) : (
        <Empty title="No calls yet">
          <p>
            Call one of your <Link to="/phone-numbers">phone numbers</Link>. A call that does not
            arrive stands among the <Link to="/rejected">rejected attempts</Link>, with the reason.
          </p>
        </Empty>
      )}
    </>
  );
}

function Filters(props: { after: string; before: string; longer: string; without: string }) {
  const set = (name: string) => (value: string) => setParams({ [name]: value, cursor: "" });
  return (
    <div className="filters">
      <AgentFilter />
      <TextField label="From" type="datetime-local" value={props.after} onText={set("after")} />
      <TextField label="Until" type="datetime-local" value={props.before} onText={set("before")} />
      <SelectField
        label="Lasted"
        value={props.longer}
        options={[
          { value: "", label: "Any time" },
          { value: "10", label: "10 s or more" },
          { value: "60", label: "1 min or more" },
          { value: "600", label: "10 min or more" },
        ]}
        onValue={set("longer")}
      />
      <SelectField
        label="Outcome"
        value={props.without}
        options={[
          { value: "", label: "Every outcome" },
          { value: "failed", label: "Without failed calls" },
          { value: "done", label: "Without finished calls" },
        ]}
        onValue={set("without")}
      />
    </div>
  );
}

const COLUMNS: readonly Column<ConversationSummary>[] = [
  {
    name: "Began",
    sort: "start_time",
    first: "desc",
    cell: (row) => (
      <Link to={`/calls/${row.conversation_id}`}>
        <Time atMs={row.start_time_unix_secs * 1_000} />
      </Link>
    ),
  },
  { name: "Direction", cell: (row) => (row.direction === "inbound" ? "Inbound" : "Outbound") },
  { name: "Other side", cell: (row) => <Phone number={row.external_number} /> },
  { name: "Your number", cell: (row) => <Phone number={row.agent_number} /> },
  { name: "Agent", sort: "agent_name", cell: (row) => <Foreign text={row.agent_name ?? "None"} /> },
  { name: "Status", cell: (row) => <StatusBadge status={row.status} /> },
  { name: "Ended because", cell: (row) => <Foreign text={row.termination_reason} /> },
  {
    name: "Lasted",
    isNumber: true,
    sort: "duration",
    first: "desc",
    cell: (row) => durationWords(row.call_duration_secs),
  },
];

const STATUS: Readonly<Record<ConversationSummary["status"], readonly [string, Tone]>> = {
  initiated: ["Ringing", "info"],
  "in-progress": ["In progress", "info"],
  processing: ["Ending", "info"],
  done: ["Done", "good"],
  failed: ["Failed", "bad"],
};

export function StatusBadge({ status }: { status: ConversationSummary["status"] }) {
  const [name, tone] = STATUS[status];
  return <Badge tone={tone}>{name}</Badge>;
}

function tableOf(rows: readonly ConversationSummary[]): string {
  return csvOf(
    [
      "conversation_id",
      "began_utc",
      "direction",
      "other_side",
      "your_number",
      "agent",
      "status",
      "ended_because",
      "seconds",
      "messages",
    ],
    rows.map((row) => [
      row.conversation_id,
      utcTime(row.start_time_unix_secs * 1_000),
      row.direction,
      row.external_number,
      row.agent_number,
      row.agent_name,
      row.status,
      row.termination_reason,
      row.call_duration_secs,
      row.message_count,
    ]),
  );
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { CallView } from "../../schema/contracts/call-control.ts";
import { durationWords } from "../model/words.ts";
import { liveCalls } from "../resources.ts";
import { Link, useParam } from "../router.tsx";
import { ConfirmAction } from "../ui/confirm-action.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Foreign, Phone, Time } from "../ui/values.tsx";
import { AgentFilter } from "./assign-agent.tsx";

const LOOK_MS = 2_000;

/** Calls that are up. */
export function LiveCallsScreen() {
  const [agentId] = useParam("agent_id");
  const pager = usePager();
  const [ending, setEnding] = useState<CallView | null>(null);
  const filter = { agent_id: agentId, cursor: pager.cursor };
  const query = useQuery({
    queryKey: ["live", filter],
    queryFn: ({ signal }) => liveCalls.page(filter, signal),
    refetchInterval: LOOK_MS,
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.rows ?? [];
  return (
    <>
      <PageHead title="Live calls" about="Looked at every two seconds." />
      <div className="row">
        <AgentFilter />
      </div>
      <QueryState query={query} what="live calls" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <>
          <Table
            caption="Live calls"
            columns={columnsWith(setEnding)}
            rows={rows}
            keyOf={(row) => row.call_id}
          />
          {pager.bar(query.data.next, rows.length)}
        </>
      ) : (
        <Empty title="Nobody is calling">
          <p>Calls stand here while they ring and last. Then they are in the call history.</p>
        </Empty>
      )}
      {ending === null ? null : <HangUp call={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

function columnsWith(end: (call: CallView) => void): Column<CallView>[] {
  return [
    {
      name: "Began",
      cell: (row) => (
        <Link to={`/calls/${row.conversation_id}`}>
          <Time atMs={Date.parse(row.started_at)} />
        </Link>
      ),
    },
    {
      name: "Status",
      cell: (row) =>
        row.status === "ringing" ? (
          <Badge tone="warn">Ringing</Badge>
        ) : (
          <Badge tone="good">Talking</Badge>
        ),
    },
    { name: "Direction", cell: (row) => (row.direction === "inbound" ? "Inbound" : "Outbound") },
    { name: "Other side", cell: (row) => <Phone number={row.external_number} /> },
    { name: "Your number", cell: (row) => <Phone number={row.agent_number} /> },
    { name: "Agent", cell: (row) => <Foreign text={row.agent_name} /> },
    {
      name: "For",
      isNumber: true,
      cell: (row) => <Since atMs={Date.parse(row.answered_at ?? row.started_at)} />,
    },
    {
      name: "Actions",
      cell: (row) => (
        <Button
          size="small"
          look="danger"
          aria-label={`Hang up the call with ${row.external_number}`}
          onClick={() => end(row)}
        >
          Hang up
        </Button>
      ),
    },
  ];
}

function Since({ atMs }: { atMs: number }) {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <>{durationWords((nowMs - atMs) / 1_000)}</>;
}

function HangUp({ call, onClose }: { call: CallView; onClose: () => void }) {
  const [key] = useState(() => crypto.randomUUID());
  return (
    <ConfirmAction
      title="Hang up?"
      confirm="Hang up"
      act={() => liveCalls.hangUp(call.call_id, key)}
      words="The call is ended."
      lists="live"
      onClose={onClose}
    >
      <p>
        The call with <Phone number={call.external_number} /> ends at once, for both sides.
      </p>
    </ConfirmAction>
  );
}

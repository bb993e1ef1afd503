import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState, useSyncExternalStore } from "react";
import type { CallView } from "../../schema/contracts/call-control.ts";
import { LiveLink, type LiveState } from "../live-link.ts";
import { liveCalls } from "../resources.ts";
import { Link, useParam } from "../router.tsx";
import { ConfirmAction } from "../ui/confirm-action.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, Empty, PageHead } from "../ui/parts.tsx";
import { Since } from "../ui/since.tsx";
import { type Column, MovingTable } from "../ui/table.tsx";
import { Foreign, Phone, Time } from "../ui/values.tsx";
import { AgentFilter } from "./assign-agent.tsx";

const LOOK_MS = 2_000;

const link = new LiveLink(`${location.origin.replace(/^http/, "ws")}/v1/calls/live`);

const LINK_WORDS: Readonly<Record<LiveState["link"], string>> = {
  connecting: "Connecting…",
  live: "Live: what changes is shown at once.",
  lost: "The live link is lost. Until it is back, the list is looked at every two seconds.",
};

/** Calls that are up: pushed, and asked for while that fails. */
export function LiveCallsScreen() {
  const [agentId] = useParam("agent_id");
  // Of the link alone: what the calls do is drawn where they are.
  const state = useSyncExternalStore(link.subscribe, linkOf);
  const [ending, setEnding] = useState<CallView | null>(null);
  const columns = useMemo(() => columnsWith(setEnding), []);
  return (
    <>
      <PageHead
        title="Live calls"
        about={
          <span role="status" className={state === "lost" ? "wrong" : undefined}>
            {LINK_WORDS[state]}
          </span>
        }
      />
      <div className="filters">
        <AgentFilter />
      </div>
      {state === "live" ? (
        <Pushed agentId={agentId} columns={columns} />
      ) : (
        <Asked agentId={agentId} columns={columns} />
      )}
      {ending === null ? null : <HangUp call={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

function linkOf(): LiveState["link"] {
  return link.state().link;
}

type CallRows = { readonly agentId: string; readonly columns: readonly Column<CallView>[] };

/** As they change. */
function Pushed({ agentId, columns }: CallRows) {
  const { calls, hasMore } = useSyncExternalStore(link.subscribe, link.state);
  const rows = agentId === "" ? calls : calls.filter((call) => call.agent_id === agentId);
  return (
    <>
      <Rows rows={rows} columns={columns} />
      {hasMore ? <p className="muted">The newest thousand are shown.</p> : null}
    </>
  );
}

/** By page, every two seconds. */
function Asked({ agentId, columns }: CallRows) {
  const pager = usePager();
  const filter = { agent_id: agentId, cursor: pager.cursor };
  const query = useQuery({
    queryKey: ["live", filter],
    queryFn: ({ signal }) => liveCalls.page(filter, signal),
    refetchInterval: LOOK_MS,
    // What was asked for before the link was up is old when it is lost.
    staleTime: 0,
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <QueryState query={query} what="live calls" />
      {query.data === undefined ? null : (
        <>
          <Rows rows={query.data.rows} columns={columns} />
          {pager.bar(query.data.next, query.data.rows.length)}
        </>
      )}
    </>
  );
}

function Rows(props: {
  readonly rows: readonly CallView[];
  readonly columns: readonly Column<CallView>[];
}) {
  if (props.rows.length === 0) {
    return (
      <Empty title="Nobody is calling">
        <p>Calls stand here while they ring and last. Then they are in the call history.</p>
      </Empty>
    );
  }
  return <MovingTable caption="Live calls" {...props} keyOf={callIdOf} />;
}

function callIdOf(call: CallView): string {
  return call.call_id;
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

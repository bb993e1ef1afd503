import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { AgentPage } from "../../schema/contracts/agent.ts";
import { agents } from "../resources.ts";
import { Link, navigate, useParam } from "../router.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Button, Empty, PageHead } from "../ui/parts.tsx";
import { ParamField } from "../ui/search.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Time } from "../ui/values.tsx";
import { AgentDialog } from "./agent-dialog.tsx";

type AgentRow = AgentPage["agents"][number];

/** Who answers. */
export function AgentsScreen() {
  const [search] = useParam("search");
  const pager = usePager();
  const [isOpen, setOpen] = useState(false);
  const [key] = useState(() => crypto.randomUUID());
  const client = useQueryClient();
  const filter = { search, cursor: pager.cursor };
  const query = useQuery({
    queryKey: ["agents", filter],
    queryFn: ({ signal }) => agents.page(filter, signal),
    placeholderData: keepPreviousData,
  });
  const create = useMutation({
    mutationFn: (body: Record<string, unknown>) => agents.create(body, key),
    onSuccess: async ({ agent_id }) => {
      say("The agent is made. Assign a phone number to it.");
      navigate(`/agents/${agent_id}`);
      await client.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  const rows = query.data?.rows ?? [];
  return (
    <>
      <PageHead
        title="Agents"
        about="Where calls are answered: a program of yours, or a voice platform."
      >
        <Button look="primary" onClick={() => setOpen(true)}>
          New agent
        </Button>
      </PageHead>
      <div className="filters">
        <div className="grow">
          <ParamField name="search" label="Search" placeholder="A part of the name" />
        </div>
      </div>
      <QueryState query={query} what="agents" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <>
          <Table caption="Agents" columns={COLUMNS} rows={rows} keyOf={(row) => row.agent_id} />
          {pager.bar(query.data.next, rows.length)}
        </>
      ) : (
        <Empty title={search === "" ? "No agents yet" : "No agent matches"}>
          <p>An agent is a WebSocket that a call's audio goes to and comes from.</p>
        </Empty>
      )}
      {isOpen ? (
        <AgentDialog
          title="New agent"
          agent={null}
          busy={create.isPending}
          error={create.error}
          onSave={(body) => create.mutate(body)}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </>
  );
}

const COLUMNS: readonly Column<AgentRow>[] = [
  {
    name: "Name",
    cell: (row) => (
      <Link to={`/agents/${row.agent_id}`}>
        <Foreign text={row.name || row.agent_id} />
      </Link>
    ),
  },
  { name: "Made", cell: (row) => <Time atMs={row.created_at_unix_secs * 1_000} /> },
  {
    name: "Last call",
    cell: (row) =>
      row.last_call_time_unix_secs === null ? (
        <span className="muted">None yet</span>
      ) : (
        <Time atMs={row.last_call_time_unix_secs * 1_000} />
      ),
  },
];

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { codeWords } from "../model/words.ts";
import { type MediaNode, mediaNodes } from "../resources-operate.ts";
import { ConfirmAction } from "../ui/confirm-action.tsx";
import { QueryState } from "../ui/notice.tsx";
import { Badge, Button, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Time } from "../ui/values.tsx";

const LOOK_MS = 5_000;

/** The media nodes of the region: state, load, drain. */
export function NodesScreen() {
  const [draining, setDraining] = useState<MediaNode | null>(null);
  const query = useQuery({
    queryKey: ["nodes"],
    queryFn: ({ signal }) => mediaNodes.page(signal),
    refetchInterval: LOOK_MS,
  });
  const rows = query.data?.rows ?? [];
  return (
    <>
      <PageHead title="Nodes" about="The machines that take and place the calls of your region." />
      <QueryState query={query} what="nodes" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <Table
          caption="Nodes"
          columns={columnsWith(setDraining)}
          rows={rows}
          keyOf={(row) => row.node_id}
        />
      ) : (
        <Empty title="No node is enrolled">
          <p>Without one no call can be taken.</p>
        </Empty>
      )}
      {draining === null ? null : <Drain node={draining} onClose={() => setDraining(null)} />}
    </>
  );
}

function columnsWith(drain: (node: MediaNode) => void): Column<MediaNode>[] {
  return [
    { name: "Name", cell: (row) => row.name },
    { name: "Region", cell: (row) => row.region },
    { name: "Address", cell: (row) => <code>{row.public_address}</code> },
    {
      name: "State",
      cell: ({ status }) => (
        <Badge tone={status === "ready" ? "good" : status === "unlinked" ? "bad" : "warn"}>
          {codeWords(status)}
        </Badge>
      ),
    },
    { name: "Calls", isNumber: true, cell: (row) => row.active_calls ?? "Not known" },
    {
      name: "Last heard of",
      cell: (row) =>
        row.seen_at === null ? "Not linked" : <Time atMs={Date.parse(row.seen_at)} />,
    },
    {
      name: "Actions",
      cell: (row) =>
        row.status === "ready" ? (
          <Button
            size="small"
            look="danger"
            aria-label={`Drain ${row.name}`}
            onClick={() => drain(row)}
          >
            Drain
          </Button>
        ) : null,
    },
  ];
}

function Drain({ node, onClose }: { node: MediaNode; onClose: () => void }) {
  const [key] = useState(() => crypto.randomUUID());
  return (
    <ConfirmAction
      title={`Drain ${node.name}?`}
      confirm="Drain the node"
      act={() => mediaNodes.drain(node.node_id, key)}
      words={`${node.name} takes no new calls.`}
      lists="nodes"
      onClose={onClose}
    >
      <p>It takes no new calls. The {node.active_calls ?? 0} that it has go on until they end.</p>
    </ConfirmAction>
  );
}

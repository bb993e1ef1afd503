import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { BatchCallView } from "../../schema/contracts/batch-call.ts";
import { codeWords } from "../model/words.ts";
import { batchCalls } from "../resources.ts";
import { ProblemNotice, QueryState } from "../ui/notice.tsx";
import { Badge, Button, Empty, PageHead, saveFile } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Foreign, Time } from "../ui/values.tsx";
import { NewBatchDialog } from "./new-batch-dialog.tsx";

const LOOK_MS = 3_000;
const isOver = ({ status }: BatchCallView): boolean => !["pending", "in_progress"].includes(status);

/** Calls to a list of people. */
export function BatchCallsScreen() {
  const [isNew, setNew] = useState(false);
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["batch-calls"],
    queryFn: ({ signal }) => batchCalls.list(signal),
    refetchInterval: ({ state }) => (state.data?.every(isOver) === false ? LOOK_MS : false),
  });
  const act = useMutation({
    mutationFn: async ({ id, action }: { id: string; action: "cancel" | "retry" | "export" }) => {
      if (action !== "export") return batchCalls.act(id, action);
      const table = await batchCalls.export(id);
      saveFile(`${id}.csv`, "text/csv", await table.text());
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["batch-calls"] }),
  });
  return (
    <>
      <PageHead
        title="Batch calls"
        about="An agent calls everybody on a list, as many at a time as you allow."
      >
        <Button look="primary" onClick={() => setNew(true)}>
          New batch
        </Button>
      </PageHead>
      <QueryState query={query} what="batch calls" />
      <ProblemNotice error={act.error} />
      {query.data === undefined ? null : query.data.length > 0 ? (
        <Table
          caption="Batch calls"
          columns={columnsWith((id, action) => act.mutate({ id, action }))}
          rows={query.data}
          keyOf={({ id }) => id}
        />
      ) : (
        <Empty title="No batch yet">
          <p>
            Save a table with a column of phone numbers as CSV. Every other column is a dynamic
            variable.
          </p>
        </Empty>
      )}
      {isNew ? <NewBatchDialog onClose={() => setNew(false)} /> : null}
    </>
  );
}

function columnsWith(
  act: (id: string, action: "cancel" | "retry" | "export") => void,
): Column<BatchCallView>[] {
  return [
    { name: "Name", cell: (row) => <Foreign text={row.name} /> },
    { name: "Agent", cell: (row) => <Foreign text={row.agent_name} /> },
    {
      name: "Status",
      cell: ({ status }) => (
        <Badge tone={status === "completed" ? "good" : status === "failed" ? "bad" : "info"}>
          {codeWords(status)}
        </Badge>
      ),
    },
    {
      name: "Progress",
      cell: (row) => (
        <span className="stack tight">
          <progress
            aria-label={`Progress of ${row.name}`}
            max={Math.max(1, row.total_calls_scheduled)}
            value={row.total_calls_finished}
          />
          {row.total_calls_finished} of {row.total_calls_scheduled}
        </span>
      ),
    },
    { name: "Starts", cell: (row) => <Time atMs={row.scheduled_time_unix * 1_000} /> },
    {
      name: "Actions",
      cell: (row) => (
        <span className="row middle">
          {isOver(row) ? (
            <>
              <Button
                size="small"
                aria-label={`Retry ${row.name}`}
                onClick={() => act(row.id, "retry")}
              >
                Retry the unreached
              </Button>
              <Button
                size="small"
                aria-label={`Export ${row.name}`}
                onClick={() => act(row.id, "export")}
              >
                Export
              </Button>
            </>
          ) : (
            <Button
              size="small"
              look="danger"
              aria-label={`Cancel ${row.name}`}
              onClick={() => act(row.id, "cancel")}
            >
              Cancel
            </Button>
          )}
        </span>
      ),
    },
  ];
}

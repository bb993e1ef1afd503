import { useQuery } from "@tanstack/react-query";
import { operationWords } from "../model/operation-words.ts";
import { visibleText } from "../model/words.ts";
import { type AuditEntry, auditLog } from "../resources-operate.ts";
import { useParam } from "../router.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Empty, PageHead } from "../ui/parts.tsx";
import { ParamField } from "../ui/search.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Foreign, Time } from "../ui/values.tsx";

/** What was changed, by whom. */
export function AuditScreen() {
  const [target] = useParam("target");
  const pager = usePager();
  const filter = { target, cursor: pager.cursor };
  const query = useQuery({
    queryKey: ["audit", filter],
    queryFn: ({ signal }) => auditLog.page(filter, signal),
  });
  const rows = query.data?.rows ?? [];
  return (
    <>
      <PageHead
        title="Audit log"
        about="Every change through the API, newest first. Entries are linked by their hashes: none can be taken out unseen."
      />
      <div className="filters">
        <div className="grow">
          <ParamField name="target" label="What was changed" placeholder="phnum_…, agent_…" />
        </div>
      </div>
      <QueryState query={query} what="the audit log" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <>
          <Table caption="Audit log" columns={COLUMNS} rows={rows} keyOf={(row) => row.id} />
          {pager.bar(query.data.next, rows.length)}
        </>
      ) : (
        <Empty title="Nothing was changed">
          <p>Reading is not in the log, changes are.</p>
        </Empty>
      )}
    </>
  );
}

/** What was done in words, and to what; the request as it came on hover. */
function Operation({ entry }: { entry: AuditEntry }) {
  const { operation, target } = entry;
  return (
    <span className="stack tight" title={visibleText(operation)}>
      <Foreign text={operationWords(operation)} />
      {target.startsWith("/") ? null : (
        <code>
          <Foreign text={target} />
        </code>
      )}
    </span>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: "When", cell: (row) => <Time atMs={Date.parse(row.at)} /> },
  { name: "Who", cell: (row) => <Foreign text={row.actor.id ?? row.actor.kind} /> },
  { name: "From", cell: (row) => <Foreign text={row.source_address ?? "Not known"} /> },
  { name: "What", cell: (row) => <Operation entry={row} /> },
  {
    name: "Change",
    cell: (row) => (
      <details>
        <summary>Entry {row.sequence}</summary>
        <pre className="raw">
          {visibleText(JSON.stringify({ before: row.before, after: row.after }, null, 2))}
        </pre>
      </details>
    ),
  },
];

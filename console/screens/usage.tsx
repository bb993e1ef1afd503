import { useQuery } from "@tanstack/react-query";
import { codeWords, durationWords } from "../model/words.ts";
import { type Usage, usage } from "../resources-operate.ts";
import { QueryState } from "../ui/notice.tsx";
import { Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";

/** What was used, and what may be. */
export function UsageScreen() {
  const used = useQuery({ queryKey: ["usage"], queryFn: ({ signal }) => usage.read(signal) });
  const limits = useQuery({ queryKey: ["limits"], queryFn: ({ signal }) => usage.limits(signal) });
  const most = limits.data?.concurrency_limit ?? null;
  const aSecond = limits.data?.calls_per_second ?? null;
  return (
    <>
      <PageHead title="Usage" about="Calls of the last 30 days. Days are days in UTC." />
      <QueryState query={limits} what="limits" />
      {limits.data === undefined ? null : (
        <section className="card" aria-label="Limits">
          <dl className="facts">
            <dt>Calls at the same time</dt>
            <dd>
              {limits.data.active_calls} now, {most === null ? "no limit" : `${most} at most`}
            </dd>
            <dt>Outbound calls a second</dt>
            <dd>{aSecond === null ? "No limit" : aSecond}</dd>
          </dl>
        </section>
      )}
      <QueryState query={used} what="usage" />
      {used.data === undefined ? null : used.data.data.length === 0 ? (
        <Empty title="No calls in these days">
          <p>They are counted when they end.</p>
        </Empty>
      ) : (
        <>
          <Table
            caption="Usage by day"
            columns={COLUMNS}
            rows={used.data.data.toReversed()}
            keyOf={(row) => `${row.date} ${row.direction}`}
          />
          <p>
            Together {used.data.total.calls} calls, {used.data.total.answered_calls} answered,{" "}
            {durationWords(used.data.total.call_secs)}.
          </p>
        </>
      )}
    </>
  );
}

const COLUMNS: readonly Column<Usage["data"][number]>[] = [
  { name: "Day", cell: (row) => row.date },
  { name: "Direction", cell: (row) => codeWords(row.direction) },
  { name: "Calls", isNumber: true, cell: (row) => row.calls },
  { name: "Answered", isNumber: true, cell: (row) => row.answered_calls },
  { name: "Tests", isNumber: true, cell: (row) => row.test_calls },
  { name: "Lasted", isNumber: true, cell: (row) => durationWords(row.call_secs) },
];

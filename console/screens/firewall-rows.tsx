import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { SNIPPET_TITLES, type SnippetVendor } from "../../schema/values/snippet-titles.ts";
import { type FirewallRow, firewallRows } from "../model/firewall-rows.ts";
import { ApiProblem } from "../model/problem.ts";
import { usePublishedNetwork } from "../published-network.ts";
import { network } from "../resources.ts";
import { useSession } from "../session.tsx";
import { SelectField } from "../ui/field.tsx";
import { QueryState } from "../ui/notice.tsx";
import { CopyButton, CopyLine } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";

const VENDORS = Object.entries(SNIPPET_TITLES).map(([value, label]) => ({
  value: value as SnippetVendor, // a key of the table
  label,
}));

/** What a firewall before the carrier or PBX has to let through, asked for when it is opened. */
export function FirewallPart() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>What your firewall has to let through</summary>
      {isOpen ? (
        <div className="stack">
          <Rows />
        </div>
      ) : null}
    </details>
  );
}

function Rows() {
  const { view } = useSession();
  const { query, isUnpublished } = usePublishedNetwork();
  if (isUnpublished) {
    return (
      <p>This deployment has published no static addresses, so there is nothing to allow yet.</p>
    );
  }
  const rows = query.data === undefined ? [] : firewallRows(query.data, view.region);
  return (
    <>
      <QueryState query={query} what="the addresses" />
      {query.data === undefined ? null : rows.length === 0 ? (
        <p>No address of region {view.region} is published.</p>
      ) : (
        <>
          <Table
            caption={`Firewall rows of region ${view.region}`}
            columns={COLUMNS}
            rows={rows}
            keyOf={(row) => String(row.id)}
          />
          <Snippet />
        </>
      )}
    </>
  );
}

const COLUMNS: readonly Column<FirewallRow>[] = [
  { name: "For", cell: (row) => row.purpose },
  { name: "Seen from you", cell: (row) => row.direction },
  { name: "Protocol", cell: (row) => row.protocol },
  { name: "Your port", cell: (row) => row.theirPort },
  {
    name: "Our addresses",
    cell: (row) => (
      <span className="stack tight">
        {row.ours.map((text) => (
          <CopyLine key={text} text={text} label={text} />
        ))}
      </span>
    ),
  },
  { name: "Our port", cell: (row) => row.ourPort },
  { name: "Needed", cell: (row) => (row.isRequired ? "Always" : "Only if used") },
];

function Snippet() {
  const [vendor, setVendor] = useState<SnippetVendor>("paloalto");
  const query = useQuery({
    queryKey: ["network", "snippet", vendor],
    queryFn: ({ signal }) => network.snippet(vendor, signal),
  });
  const isAbsent = query.error instanceof ApiProblem && query.error.code === "no_such_list";
  return (
    <>
      <SelectField
        label="Rules to paste, for"
        value={vendor}
        options={VENDORS}
        onValue={setVendor}
        help="They hold the addresses of every region, those that are announced too."
      />
      {isAbsent ? (
        <p>There are no addresses that this one is for.</p>
      ) : (
        <QueryState query={query} what="the rules" />
      )}
      {query.data === undefined ? null : (
        <section className="stack tight" aria-label={`Rules for ${SNIPPET_TITLES[vendor]}`}>
          <div>
            <CopyButton text={query.data} label="the rules" />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard. */}
          <pre className="raw" tabIndex={0}>
            {query.data}
          </pre>
        </section>
      )}
    </>
  );
}

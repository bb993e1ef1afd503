import { useQuery } from "@tanstack/react-query";
import type { NetworkReaders } from "../../schema/contracts/network-readers.ts";
import { DIRECTIONS, type PublishedPort, type PublishedRange } from "../model/firewall-rows.ts";
import { codeWords } from "../model/words.ts";
import { usePublishedNetwork } from "../published-network.ts";
import { network } from "../resources.ts";
import { QueryState } from "../ui/notice.tsx";
import { Badge, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Foreign, Time } from "../ui/values.tsx";

/** What a firewall has to let through, as it is published for everybody. */
export function NetworkScreen() {
  const { query, isUnpublished } = usePublishedNetwork();
  return (
    <>
      <PageHead
        title="Network"
        about="The static addresses of this deployment and the ports that are used. Changes are announced 30 days before."
      />
      {isUnpublished ? (
        <Empty title="No static addresses are published">
          <p>
            On one machine, as under npm start, there are none. An operator proposes them; then the
            lists for firewalls are made by themselves.
          </p>
        </Empty>
      ) : (
        <QueryState query={query} what="the addresses" />
      )}
      {query.data === undefined ? null : (
        <>
          <Table
            caption="Addresses"
            columns={RANGES}
            rows={query.data.prefixes}
            keyOf={(row) => row.range_id}
          />
          <Table
            caption="Ports"
            columns={PORTS}
            rows={query.data.ports}
            keyOf={(row) => String(row.id)}
          />
          <p>
            Ready for your firewall, with the history of changes: the{" "}
            <a href="/network">network page</a>, and{" "}
            <CopyLine
              text={`${location.origin}/network/ip-ranges.json`}
              label="the address of the list"
            />
          </p>
        </>
      )}
      <Readers />
    </>
  );
}

/** Whether the workspace's own firewalls have the newest list. */
function Readers() {
  const query = useQuery({
    queryKey: ["network", "readers"],
    queryFn: ({ signal }) => network.readers(signal),
  });
  const rows = query.data?.data ?? [];
  return (
    <>
      <h2>Who has fetched the list</h2>
      <QueryState query={query} what="who has fetched the list" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <Table
          caption="Who has fetched the list"
          columns={READERS}
          rows={rows}
          keyOf={(row) => row.api_key_id}
        />
      ) : (
        <p className="muted">
          None of your keys has. Have your firewall send one with its request, as xi-api-key or a
          bearer token, and it stands here with the version that it has.
        </p>
      )}
    </>
  );
}

const READERS: readonly Column<NetworkReaders["data"][number]>[] = [
  { name: "Key", cell: (row) => <Foreign text={row.api_key_name} /> },
  {
    name: "Version",
    cell: (row) =>
      row.behind === 0 ? (
        <Badge tone="good">{`${row.version}, the newest`}</Badge>
      ) : (
        <Badge tone="warn">{`${row.version}, ${row.behind} behind`}</Badge>
      ),
  },
  { name: "File", cell: (row) => <Foreign text={row.path} /> },
  { name: "Fetches", isNumber: true, cell: (row) => row.fetches },
  { name: "Last", cell: (row) => <Time atMs={Date.parse(row.last_at)} /> },
];

const RANGES: readonly Column<PublishedRange>[] = [
  { name: "Block", cell: (row) => <CopyLine text={row.prefix} label={row.prefix} /> },
  { name: "Region", cell: (row) => row.region },
  { name: "Used for", cell: (row) => row.services.join(", ") },
  {
    name: "State",
    cell: (row) => (
      <Badge tone={row.state === "active" ? "good" : "warn"}>{codeWords(row.state)}</Badge>
    ),
  },
  { name: "From", cell: (row) => <Time atMs={Date.parse(row.active_from)} /> },
  {
    name: "Until",
    cell: (row) =>
      row.remove_after === null ? "No end" : <Time atMs={Date.parse(row.remove_after)} />,
  },
];

const PORTS: readonly Column<PublishedPort>[] = [
  { name: "Purpose", cell: (row) => row.purpose },
  {
    name: "Direction, seen from you",
    cell: (row) => DIRECTIONS[row.direction_from_customer],
  },
  { name: "Protocol", cell: (row) => row.protocol.toUpperCase() },
  { name: "Your ports", cell: (row) => row.customer_port },
  { name: "Our ports", cell: (row) => row.our_port },
  { name: "Needed", cell: (row) => (row.required ? "Always" : "Only if used") },
];

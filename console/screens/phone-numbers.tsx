import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { phoneNumbers } from "../resources.ts";
import { Link, setParams, useParam } from "../router.tsx";
import { useSession } from "../session.tsx";
import { SelectField } from "../ui/field.tsx";
import { Loading, QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { ParamField } from "../ui/search.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Clamped, Foreign, Phone } from "../ui/values.tsx";
import { AgentFilter, AssignDialog } from "./assign-agent.tsx";
import { DeleteNumber } from "./delete-number.tsx";
import { type ActivityOf, LastCall, TrunkHealth, useActivity } from "./number-activity.tsx";

// The form is larger than the list: it comes when it is opened.
const TrunkDialog = lazy(async () => ({
  default: (await import("./trunk-dialog.tsx")).TrunkDialog,
}));

const TryIt = lazy(async () => ({ default: (await import("./try-it.tsx")).TryIt }));

type Open =
  | { readonly kind: "import" }
  | { readonly kind: "edit" | "assign" | "try" | "delete"; readonly number: PhoneNumberView };

const OUTBOUND = [
  { value: "", label: "Every number" },
  { value: "true", label: "Calls can be placed" },
  { value: "false", label: "Takes calls only" },
] as const;

/** Numbers and their trunks: what is there, what it does, and how more come in. */
export function PhoneNumbersScreen() {
  const [search] = useParam("search");
  const [agentId] = useParam("agent_id");
  const [outbound] = useParam("supports_outbound");
  const [sortBy] = useParam("sort_by");
  const [direction] = useParam("sort_direction");
  const pager = usePager();
  const [open, setOpen] = useState<Open | null>(null);
  const filter = {
    search,
    agent_id: agentId,
    supports_outbound: outbound,
    sort_by: sortBy,
    sort_direction: direction,
    cursor: pager.cursor,
  };
  const query = useQuery({
    queryKey: ["phone-numbers", filter],
    queryFn: ({ signal }) => phoneNumbers.page(filter, signal),
    placeholderData: keepPreviousData,
  });
  const activity = useActivity(query.data?.rows ?? []);
  const isFiltered = [search, agentId, outbound, pager.cursor].some(Boolean);
  const importButton = (
    <Button look="primary" onClick={() => setOpen({ kind: "import" })}>
      Import SIP trunk
    </Button>
  );
  const close = (): void => setOpen(null);
  return (
    <>
      <PageHead
        title="Phone numbers"
        about="Numbers that you own at a carrier or PBX, and the agent that answers each of them."
      >
        {importButton}
      </PageHead>
      <div className="filters">
        <div className="grow">
          <ParamField name="search" label="Search" placeholder="Number, label or identifier" />
        </div>
        <AgentFilter />
        <SelectField
          label="Outbound"
          value={outbound}
          options={OUTBOUND}
          onValue={(value) => setParams({ supports_outbound: value, cursor: "" })}
        />
      </div>
      <QueryState query={query} what="phone numbers" />
      {query.data === undefined ? null : query.data.rows.length > 0 ? (
        <>
          <Table
            caption="Phone numbers"
            columns={columnsWith(setOpen, activity)}
            rows={query.data.rows}
            keyOf={(row) => row.phone_number_id}
          />
          {pager.bar(query.data.next, query.data.rows.length)}
        </>
      ) : isFiltered ? (
        <Empty title="No number matches">
          <p>Search looks for a part of the number or label, or for a whole identifier.</p>
          <Link to="/phone-numbers">Show all numbers</Link>
        </Empty>
      ) : (
        <Teach>{importButton}</Teach>
      )}
      <Suspense fallback={<Loading what="the form" />}>
        {open?.kind === "import" ? <TrunkDialog number={null} onClose={close} /> : null}
        {open?.kind === "try" ? (
          <TryIt
            title={`Try ${open.number.phone_number}`}
            target={{ phone_number_id: open.number.phone_number_id }}
            onClose={close}
          />
        ) : null}
        {open?.kind === "edit" ? <TrunkDialog number={open.number} onClose={close} /> : null}
      </Suspense>
      {open?.kind === "assign" ? <AssignDialog number={open.number} onClose={close} /> : null}
      {open?.kind === "delete" ? <DeleteNumber number={open.number} onClose={close} /> : null}
    </>
  );
}

function columnsWith(open: (what: Open) => void, activity: ActivityOf): Column<PhoneNumberView>[] {
  return [
    { name: "Number", sort: "phone_number", cell: (row) => <Phone number={row.phone_number} /> },
    { name: "Label", sort: "label", cell: (row) => <Clamped text={row.label} /> },
    {
      name: "Agent",
      sort: "agent_name",
      cell: (row) =>
        row.assigned_agent === null ? (
          <Badge tone="warn">No agent</Badge>
        ) : (
          <Link to={`/agents/${row.assigned_agent.agent_id}`}>
            <Foreign text={row.assigned_agent.agent_name} />
          </Link>
        ),
    },
    { name: "May call in", cell: (row) => <Protection number={row} /> },
    { name: "Calls go out to", cell: (row) => <Carrier number={row} /> },
    { name: "Trunk, region", cell: (row) => <TrunkHealth activity={activity(row)} /> },
    { name: "Last call", cell: (row) => <LastCall activity={activity(row)} /> },
    { name: "Actions", cell: (row) => <Actions number={row} open={open} /> },
  ];
}

function Actions({ number, open }: { number: PhoneNumberView; open: (what: Open) => void }) {
  const { phone_number: name } = number;
  return (
    <span className="row middle wrap">
      <Button size="small" aria-label={`Try ${name}`} onClick={() => open({ kind: "try", number })}>
        Try
      </Button>
      <Button
        size="small"
        aria-label={`Edit ${name}`}
        onClick={() => open({ kind: "edit", number })}
      >
        Edit
      </Button>
      <Button
        size="small"
        aria-label={`Assign an agent to ${name}`}
        onClick={() => open({ kind: "assign", number })}
      >
        Assign
      </Button>
      <Button
        size="small"
        look="danger"
        aria-label={`Delete ${name}`}
        onClick={() => open({ kind: "delete", number })}
      >
        Delete
      </Button>
    </span>
  );
}

function Protection({ number }: { number: PhoneNumberView }) {
  const trunk = number.inbound_trunk;
  if (trunk === null || !number.supports_inbound) return <span className="muted">Nobody</span>;
  if (trunk.open) return <Badge tone="bad">Anybody</Badge>;
  const count = trunk.allowed_addresses.length;
  return (
    <span className="row middle">
      {count > 0 ? (
        <Badge tone="good">{count === 1 ? "1 address" : `${count} addresses`}</Badge>
      ) : null}
      {trunk.has_auth_credentials ? <Badge tone="good">Password</Badge> : null}
      {trunk.tls_identities === null ? null : <Badge tone="good">Certificate</Badge>}
    </span>
  );
}

function Carrier({ number }: { number: PhoneNumberView }) {
  const trunk = number.outbound_trunk;
  if (trunk === null || !number.supports_outbound) return <span className="muted">Nowhere</span>;
  return (
    <span className="stack tight">
      <Clamped text={trunk.address} lines={1} />
      <span>
        <Badge tone={trunk.transport === "tls" ? "good" : "plain"}>
          {trunk.transport.toUpperCase()}
        </Badge>
      </span>
    </span>
  );
}

function Teach({ children }: { children: ReactNode }) {
  const { view } = useSession();
  const uri = `sip:${view.sip_host}:5061;transport=tls`;
  return (
    <Empty title="Bring your first number">
      <p>You keep your number and your carrier. Three things connect it to an agent:</p>
      <ol>
        <li>Import the number here, with the address and password of your carrier or PBX.</li>
        <li>
          Have the carrier send the number's calls to{" "}
          <CopyLine text={uri} label="the SIP address" />
        </li>
        <li>Choose the agent that answers. Then call the number.</li>
      </ol>
      {children}
    </Empty>
  );
}

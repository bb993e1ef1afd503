import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RejectedAttemptView } from "../../schema/contracts/rejected-attempt.ts";
import { allowedAddressBody } from "../model/allow-source.ts";
import { codeWords } from "../model/words.ts";
import { phoneNumbers, rejectedAttempts } from "../resources.ts";
import { Link, setParams, useParam } from "../router.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Button, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Phone, Time } from "../ui/values.tsx";

const CODES = [
  "source_not_allowed",
  "source_unknown",
  "digest_rejected",
  "number_unknown",
  "no_common_crypto",
];

/** Refusals that one more allowed address would have turned into a call. */
const SOURCE_CODES: ReadonlySet<string> = new Set(["source_not_allowed", "source_unknown"]);

/** Calls that were refused before they were one: who, why, and what would let them in. */
export function RejectedScreen() {
  const [code] = useParam("code");
  const pager = usePager();
  const [allowing, setAllowing] = useState<RejectedAttemptView | null>(null);
  const filter = { code, cursor: pager.cursor };
  const query = useQuery({
    queryKey: ["rejected", filter],
    queryFn: ({ signal }) => rejectedAttempts.page(filter, signal),
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.rows ?? [];
  const listed = code === "" || CODES.includes(code) ? CODES : [...CODES, code];
  return (
    <>
      <PageHead
        title="Rejected attempts"
        about="Calls of the last seven days that were refused, newest first. Most are a firewall's or carrier's settings; some are strangers that try."
      />
      <div className="filters">
        <SelectField
          label="Reason"
          value={code}
          options={[
            { value: "", label: "Every reason" },
            ...listed.map((value) => ({ value, label: codeWords(value) })),
          ]}
          onValue={(next) => setParams({ code: next, cursor: "" })}
        />
      </div>
      <QueryState query={query} what="rejected attempts" />
      {query.data === undefined ? null : rows.length > 0 ? (
        <>
          <Table
            caption="Rejected attempts"
            columns={columnsWith(setAllowing)}
            rows={rows}
            keyOf={(row) => row.id}
          />
          {pager.bar(query.data.next, rows.length)}
        </>
      ) : (
        <Empty title="Nothing was refused">
          <p>
            A call that your carrier sends and that does not arrive here has not reached us: look at
            its transport, its port and your firewall.
          </p>
        </Empty>
      )}
      {allowing === null ? null : (
        <AllowDialog attempt={allowing} onClose={() => setAllowing(null)} />
      )}
    </>
  );
}

function columnsWith(allow: (attempt: RejectedAttemptView) => void): Column<RejectedAttemptView>[] {
  return [
    { name: "Last", cell: (row) => <Time atMs={Date.parse(row.last_at)} /> },
    {
      name: "Why",
      cell: (row) => (
        <span className="stack tight">
          <strong>{codeWords(row.code)}</strong>
          <Foreign text={row.reason} />
          {row.hint === null ? null : <span className="muted">{row.hint}</span>}
        </span>
      ),
    },
    { name: "From", cell: (row) => <Foreign text={row.from_user} /> },
    { name: "Dialled", cell: (row) => <Phone number={row.request_user} /> },
    {
      name: "Source",
      cell: (row) => (
        <Foreign
          text={
            row.source_address === null ? "Several" : `${row.source_address} (${row.transport})`
          }
        />
      ),
    },
    { name: "SIP", isNumber: true, cell: (row) => row.sip_status },
    { name: "Times", isNumber: true, cell: (row) => row.attempts },
    {
      name: "Actions",
      cell: (row) => (
        <span className="row middle">
          {row.phone_number_id !== null &&
          row.source_address !== null &&
          SOURCE_CODES.has(row.code) ? (
            <Button
              size="small"
              aria-label={`Allow the source ${row.source_address}`}
              onClick={() => allow(row)}
            >
              Allow this source
            </Button>
          ) : null}
          <Link to={whyLink(row)} aria-label={`Why was ${row.source_address ?? "it"} refused?`}>
            Why?
          </Link>
        </span>
      ),
    },
  ];
}

/** The route test, filled with what was refused. */
function whyLink(row: RejectedAttemptView): string {
  const query = new URLSearchParams({
    source: row.source_address ?? "",
    user: row.request_user,
    host: row.request_host,
    transport: row.transport,
    from: row.from_user,
  });
  return `/route-test?${query}`;
}

function AllowDialog({ attempt, onClose }: { attempt: RejectedAttemptView; onClose: () => void }) {
  const [address, setAddress] = useState(attempt.source_address ?? "");
  const id = attempt.phone_number_id ?? "";
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["phone-numbers", "one", id],
    queryFn: ({ signal }) => phoneNumbers.get(id, signal),
  });
  const allow = useMutation({
    mutationFn: async () => {
      // As it is now: somebody may have changed it since it was shown.
      const number = await phoneNumbers.get(id, new AbortController().signal);
      return phoneNumbers.update(id, allowedAddressBody(number, address.trim()));
    },
    onSuccess: async () => {
      say(`Calls from ${address.trim()} are let in from now on.`);
      onClose();
      await client.invalidateQueries({ queryKey: ["phone-numbers"] });
    },
  });
  return (
    <FormDialog
      narrow
      title="Allow this source"
      about="Only if you know whose address it is: whoever sends from there can then call the number."
      submit="Allow"
      busy={allow.isPending}
      error={allow.error ?? query.error}
      onSubmit={() => allow.mutate()}
      onClose={onClose}
    >
      <p>Number: {query.data === undefined ? "…" : <Phone number={query.data.phone_number} />}</p>
      <TextField
        label="Address or block"
        value={address}
        onText={setAddress}
        help="Carriers often have a whole block: ask yours for the list."
      />
    </FormDialog>
  );
}

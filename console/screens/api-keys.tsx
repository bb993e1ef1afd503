import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiKeyView } from "../../schema/contracts/api-keys.ts";
import { codeWords } from "../model/words.ts";
import { apiKeys } from "../resources-operate.ts";
import { ConfirmAction } from "../ui/confirm-action.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Foreign, Time } from "../ui/values.tsx";
import { KeyDialog, RotateDialog } from "./api-key-dialog.tsx";

type Open =
  | { readonly kind: "new" }
  | { readonly kind: "edit" | "revoke" | "rotate"; readonly apiKey: ApiKeyView };

/** Who may use the API, and for what. */
export function ApiKeysScreen() {
  const pager = usePager();
  const [open, setOpen] = useState<Open | null>(null);
  const [made, setMade] = useState("");
  const query = useQuery({
    queryKey: ["api-keys", pager.cursor],
    queryFn: ({ signal }) => apiKeys.page({ cursor: pager.cursor }, signal),
  });
  const rows = query.data?.rows ?? [];
  return (
    <>
      <PageHead
        title="API keys"
        about="Give every program a key of its own, with no more than it needs."
      >
        <Button look="primary" onClick={() => setOpen({ kind: "new" })}>
          New key
        </Button>
      </PageHead>
      {made === "" ? null : (
        <div className="notice good" role="status">
          <strong>The new key. It is shown this once.</strong>
          <CopyLine text={made} label="the key" />
        </div>
      )}
      <QueryState query={query} what="API keys" />
      {rows.length === 0 ? null : (
        <>
          <Table
            caption="API keys"
            columns={columnsWith(setOpen)}
            rows={rows}
            keyOf={(row) => row.api_key_id}
          />
          {pager.bar(query.data?.next ?? null, rows.length)}
        </>
      )}
      {query.data !== undefined && rows.length === 0 ? (
        <Empty title="No keys">
          <p>The key that you signed in with is of an operator.</p>
        </Empty>
      ) : null}
      {open === null ? null : <Opened open={open} onMade={setMade} onClose={() => setOpen(null)} />}
    </>
  );
}

function Opened(props: { open: Open; onMade: (key: string) => void; onClose: () => void }) {
  const { onClose, open } = props;
  const onMade = (key: string): void => {
    onClose();
    props.onMade(key);
  };
  switch (open.kind) {
    case "new":
      return <KeyDialog apiKey={null} onMade={onMade} onClose={onClose} />;
    case "edit":
      return <KeyDialog apiKey={open.apiKey} onMade={onMade} onClose={onClose} />;
    case "rotate":
      return <RotateDialog apiKey={open.apiKey} onMade={onMade} onClose={onClose} />;
    case "revoke":
      return <Revoke apiKey={open.apiKey} onClose={onClose} />;
    default:
      return open satisfies never;
  }
}

function columnsWith(open: (what: Open) => void): Column<ApiKeyView>[] {
  return [
    { name: "Name", cell: (row) => <Foreign text={row.name} /> },
    { name: "Whose", cell: (row) => <Foreign text={row.member ?? "Nobody's"} /> },
    {
      name: "Key",
      cell: (row) => (
        <span className="stack tight">
          <code>…{row.last4}</code>
          {row.rotated_from === null ? null : <span className="muted">Replaces another</span>}
        </span>
      ),
    },
    {
      name: "May",
      cell: (row) => (row.scopes.includes("*") ? "Everything" : row.scopes.join(", ")),
    },
    {
      name: "From",
      cell: (row) =>
        row.allowed_cidrs === null ? "Everywhere" : <Foreign text={row.allowed_cidrs.join(", ")} />,
    },
    {
      name: "State",
      cell: ({ status }) => (
        <Badge tone={status === "active" ? "good" : "warn"}>{codeWords(status)}</Badge>
      ),
    },
    {
      name: "Last used",
      cell: (row) =>
        row.last_used_at === null ? "Never" : <Time atMs={Date.parse(row.last_used_at)} />,
    },
    {
      name: "Expires",
      cell: (row) =>
        row.expires_at === null ? "Never" : <Time atMs={Date.parse(row.expires_at)} />,
    },
    {
      name: "Actions",
      cell: (row) =>
        row.status === "revoked" ? null : (
          <span className="row middle">
            <Button
              size="small"
              aria-label={`Edit ${row.name}`}
              onClick={() => open({ kind: "edit", apiKey: row })}
            >
              Edit
            </Button>
            <Button
              size="small"
              aria-label={`Replace ${row.name}`}
              onClick={() => open({ kind: "rotate", apiKey: row })}
            >
              Replace
            </Button>
            <Button
              size="small"
              look="danger"
              aria-label={`Revoke ${row.name}`}
              onClick={() => open({ kind: "revoke", apiKey: row })}
            >
              Revoke
            </Button>
          </span>
        ),
    },
  ];
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKeyView; onClose: () => void }) {
  return (
    <ConfirmAction
      title={`Revoke ${apiKey.name}?`}
      confirm="Revoke the key"
      act={() => apiKeys.revoke(apiKey.api_key_id)}
      words={`${apiKey.name} is revoked.`}
      lists="api-keys"
      onClose={onClose}
    >
      <p>
        Programs that use it, and consoles that signed in with it, are refused from now on. It
        cannot be taken back.
      </p>
    </ConfirmAction>
  );
}

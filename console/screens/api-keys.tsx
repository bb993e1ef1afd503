import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { linesOf } from "../model/trunk-form.ts";
import { codeWords } from "../model/words.ts";
import { type ApiKey, apiKeys } from "../resources-operate.ts";
import { ConfirmDialog, FormDialog } from "../ui/dialog.tsx";
import { AreaField, TextField } from "../ui/field.tsx";
import { QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Time } from "../ui/values.tsx";

/** Who may use the API, and for what. */
export function ApiKeysScreen() {
  const pager = usePager();
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState("");
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
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
        <Button look="primary" onClick={() => setNew(true)}>
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
            columns={columnsWith(setRevoking)}
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
      {isNew ? (
        <NewKey
          onMade={(key) => {
            setNew(false);
            setMade(key);
          }}
          onClose={() => setNew(false)}
        />
      ) : null}
      {revoking === null ? null : <Revoke apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function columnsWith(revoke: (key: ApiKey) => void): Column<ApiKey>[] {
  return [
    { name: "Name", cell: (row) => <Foreign text={row.name} /> },
    { name: "Key", cell: (row) => <code>…{row.last4}</code> },
    {
      name: "May",
      cell: (row) => (row.scopes.includes("*") ? "Everything" : row.scopes.join(", ")),
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
          <Button
            size="small"
            look="danger"
            aria-label={`Revoke ${row.name}`}
            onClick={() => revoke(row)}
          >
            Revoke
          </Button>
        ),
    },
  ];
}

function NewKey({ onMade, onClose }: { onMade: (key: string) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("numbers:read\ncalls:read");
  const [key] = useState(() => crypto.randomUUID());
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => apiKeys.create({ name: name.trim(), scopes: linesOf(scopes) }, key),
    onSuccess: async (made) => {
      onMade(made.api_key);
      await client.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  const problem = create.error instanceof ApiProblem ? create.error : null;
  return (
    <FormDialog
      narrow
      title="New key"
      submit="Make it"
      busy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onText={setName}
        wrong={fieldProblem(problem, "/name")}
      />
      <AreaField
        label="May"
        value={scopes}
        onText={setScopes}
        wrong={fieldProblem(problem, "/scopes")}
        help="Scopes, one a line; * is everything that the workspace may."
      />
    </FormDialog>
  );
}

function Revoke({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => apiKeys.revoke(apiKey.api_key_id),
    onSuccess: async () => {
      say(`${apiKey.name} is revoked.`);
      onClose();
      await client.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  return (
    <ConfirmDialog
      title={`Revoke ${apiKey.name}?`}
      confirm="Revoke the key"
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        Programs that use it, and consoles that signed in with it, are refused from now on. It
        cannot be taken back.
      </p>
    </ConfirmDialog>
  );
}

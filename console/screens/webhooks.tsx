import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Webhook } from "../../schema/contracts/webhook.ts";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { webhooks } from "../resources.ts";
import { ConfirmDialog, FormDialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { QueryState } from "../ui/notice.tsx";
import { Badge, Button, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Time } from "../ui/values.tsx";

/** Where the ends of calls are told to. */
export function WebhooksScreen() {
  const [isNew, setNew] = useState(false);
  const [removing, setRemoving] = useState<Webhook | null>(null);
  const [secret, setSecret] = useState("");
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["webhooks"],
    queryFn: ({ signal }) => webhooks.list(signal),
  });
  const turn = useMutation({
    mutationFn: (hook: Webhook) =>
      webhooks.update(hook.webhook_id, { is_disabled: !hook.is_disabled }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["webhooks"] }),
  });
  return (
    <>
      <PageHead
        title="Webhooks"
        about="Your servers are told after every call, signed, and again until they answer."
      >
        <Button look="primary" onClick={() => setNew(true)}>
          New webhook
        </Button>
      </PageHead>
      {secret === "" ? null : (
        <div className="notice good" role="status">
          <strong>The secret that signs its deliveries. It is shown this once.</strong>
          <CopyLine text={secret} label="the secret" />
        </div>
      )}
      <QueryState query={query} what="webhooks" />
      {query.data === undefined ? null : query.data.length > 0 ? (
        <Table
          caption="Webhooks"
          columns={columnsWith((hook) => turn.mutate(hook), setRemoving)}
          rows={query.data}
          keyOf={(row) => row.webhook_id}
        />
      ) : (
        <Empty title="No webhooks yet">
          <p>With one, your server has a call's transcript seconds after it ends.</p>
        </Empty>
      )}
      {isNew ? (
        <NewWebhook
          onMade={(made) => {
            setNew(false);
            setSecret(made);
          }}
          onClose={() => setNew(false)}
        />
      ) : null}
      {removing === null ? null : <Remove hook={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

function columnsWith(
  turn: (hook: Webhook) => void,
  remove: (hook: Webhook) => void,
): Column<Webhook>[] {
  return [
    { name: "Name", cell: (row) => <Foreign text={row.name} /> },
    { name: "URL", cell: (row) => <Foreign text={row.webhook_url} /> },
    {
      name: "State",
      cell: (row) =>
        row.is_auto_disabled ? (
          <Badge tone="bad">Switched off: it failed too often</Badge>
        ) : row.is_disabled ? (
          <Badge tone="warn">Switched off</Badge>
        ) : (
          <Badge tone="good">On</Badge>
        ),
    },
    {
      name: "Last failure",
      isNumber: true,
      cell: (row) => row.most_recent_failure_error_code ?? "None",
    },
    { name: "Made", cell: (row) => <Time atMs={row.created_at_unix * 1_000} /> },
    {
      name: "Actions",
      cell: (row) => (
        <span className="row middle">
          <Button
            size="small"
            aria-label={`Switch ${row.name} ${row.is_disabled ? "on" : "off"}`}
            onClick={() => turn(row)}
          >
            {row.is_disabled ? "Switch on" : "Switch off"}
          </Button>
          <Button
            size="small"
            look="danger"
            aria-label={`Delete ${row.name}`}
            onClick={() => remove(row)}
          >
            Delete
          </Button>
        </span>
      ),
    },
  ];
}

function NewWebhook({
  onMade,
  onClose,
}: {
  onMade: (secret: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [key] = useState(() => crypto.randomUUID());
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => webhooks.create(name.trim(), url.trim(), key),
    onSuccess: async ({ webhook_secret }) => {
      onMade(webhook_secret);
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  const problem = create.error instanceof ApiProblem ? create.error : null;
  return (
    <FormDialog
      narrow
      title="New webhook"
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
        wrong={fieldProblem(problem, "/settings/name")}
      />
      <TextField
        label="URL"
        type="url"
        value={url}
        onText={setUrl}
        wrong={fieldProblem(problem, "/settings/webhook_url")}
        placeholder="https://example.com/calls"
        help="Answers 2xx within 15 s."
      />
    </FormDialog>
  );
}

function Remove({ hook, onClose }: { hook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => webhooks.remove(hook.webhook_id),
    onSuccess: async () => {
      say(`${hook.name} is deleted.`);
      onClose();
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${hook.name}?`}
      confirm="Delete the webhook"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>What waits to be delivered to it is dropped.</p>
    </ConfirmDialog>
  );
}

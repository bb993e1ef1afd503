import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { EndpointView } from "../../schema/contracts/webhook-endpoint.ts";
import { webhookEndpoints } from "../resources-webhooks.ts";
import { Link } from "../router.tsx";
import { ConfirmAction } from "../ui/confirm-action.tsx";
import { ProblemNotice, QueryState } from "../ui/notice.tsx";
import { Badge, Button, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { Clamped, Foreign, Time } from "../ui/values.tsx";
import { NewWebhook } from "./webhook-dialog.tsx";
import { egressWords } from "./webhook-words.ts";

/** Where the ends of calls are told to. */
export function WebhooksScreen() {
  const [isNew, setNew] = useState(false);
  const [removing, setRemoving] = useState<EndpointView | null>(null);
  const [secret, setSecret] = useState("");
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["webhooks"],
    queryFn: ({ signal }) => webhookEndpoints.list(signal),
  });
  const turn = useMutation({
    mutationFn: (hook: EndpointView) =>
      webhookEndpoints.update(hook.webhook_endpoint_id, { is_disabled: !hook.is_disabled }),
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
      <ProblemNotice error={turn.error} />
      <QueryState query={query} what="webhooks" />
      {query.data === undefined ? null : query.data.length > 0 ? (
        <Table
          caption="Webhooks"
          columns={columnsWith((hook) => turn.mutate(hook), setRemoving)}
          rows={query.data}
          keyOf={(row) => row.webhook_endpoint_id}
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
      {removing === null ? null : (
        <ConfirmAction
          title={`Delete ${removing.name}?`}
          confirm="Delete the webhook"
          act={() => webhookEndpoints.remove(removing.webhook_endpoint_id)}
          words={`${removing.name} is deleted.`}
          lists="webhooks"
          onClose={() => setRemoving(null)}
        >
          <p>What waits to be delivered to it is dropped.</p>
        </ConfirmAction>
      )}
    </>
  );
}

export function EndpointState({ endpoint }: { endpoint: EndpointView }) {
  if (endpoint.disabled_reason === "gone") return <Badge tone="bad">Off: it answered 410</Badge>;
  if (endpoint.disabled_reason === "failing") {
    return <Badge tone="bad">Off: it failed for days</Badge>;
  }
  if (endpoint.is_disabled) return <Badge tone="warn">Switched off</Badge>;
  return endpoint.failing_since === null ? (
    <Badge tone="good">On</Badge>
  ) : (
    <Badge tone="warn">Failing</Badge>
  );
}

function columnsWith(
  turn: (hook: EndpointView) => void,
  remove: (hook: EndpointView) => void,
): Column<EndpointView>[] {
  return [
    {
      name: "Name",
      cell: (row) => (
        <Link to={`/webhooks/${row.webhook_endpoint_id}`}>
          <Foreign text={row.name} />
        </Link>
      ),
    },
    { name: "URL", cell: (row) => <Clamped text={row.url} /> },
    { name: "Sent from", cell: (row) => egressWords(row.egress) },
    { name: "State", cell: (row) => <EndpointState endpoint={row} /> },
    {
      name: "Last success",
      cell: (row) =>
        row.last_success_at === null ? "Never" : <Time atMs={Date.parse(row.last_success_at)} />,
    },
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

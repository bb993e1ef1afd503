import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { EndpointView } from "../../schema/contracts/webhook-endpoint.ts";
import { useIntention } from "../intention.ts";
import { isoOf } from "../model/words.ts";
import { type EventType, webhookDeliveries, webhookEndpoints } from "../resources-webhooks.ts";
import { setParams, useParam } from "../router.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { ProblemNotice, QueryState } from "../ui/notice.tsx";
import { Button, CopyLine, PageHead } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Time } from "../ui/values.tsx";
import { OVERLAPS } from "./overlaps.ts";
import { Deliveries } from "./webhook-deliveries.tsx";
import { EditWebhook } from "./webhook-dialog.tsx";
import { EVENT_OPTIONS, egressWords, eventWords } from "./webhook-words.ts";
import { EndpointState } from "./webhooks.tsx";

/** One endpoint: a sample to it, its secret, and all that was posted. */
export function WebhookScreen({ id }: { id: string }) {
  const [status] = useParam("status");
  const [type] = useParam("type");
  const [isReplaying, setReplaying] = useState(false);
  const [isEditing, setEditing] = useState(false);
  const [isRotating, setRotating] = useState(false);
  const [secret, setSecret] = useState("");
  const query = useQuery({
    queryKey: ["webhooks", id],
    queryFn: ({ signal }) => webhookEndpoints.get(id, signal),
  });
  const endpoint = query.data;
  return (
    <>
      <PageHead
        title={endpoint?.name ?? "Webhook"}
        about={<CopyLine text={id} label="the identifier" />}
        back={{ to: "/webhooks", name: "Webhooks" }}
      >
        {endpoint === undefined ? null : (
          <>
            <EndpointState endpoint={endpoint} />
            <Button onClick={() => setEditing(true)}>Edit</Button>
            <Button onClick={() => setRotating(true)}>Change the secret</Button>
            <Button onClick={() => setReplaying(true)}>Send a time again</Button>
          </>
        )}
      </PageHead>
      <QueryState query={query} what="the webhook" />
      {secret === "" ? null : (
        <div className="notice good" role="status">
          <strong>The new secret. It is shown this once; the old one signs beside it.</strong>
          <CopyLine text={secret} label="the secret" />
        </div>
      )}
      {endpoint === undefined ? null : (
        <>
          <About endpoint={endpoint} />
          <TestEvent endpoint={endpoint} />
        </>
      )}
      <h2>Deliveries</h2>
      <div className="filters">
        <SelectField
          label="State"
          value={status}
          options={[
            { value: "", label: "Every state" },
            { value: "pending", label: "Waiting" },
            { value: "delivered", label: "Delivered" },
            { value: "failed", label: "Failed" },
          ]}
          onValue={(value) => setParams({ status: value, cursor: "" })}
        />
        <SelectField
          label="Event"
          value={type}
          options={[{ value: "", label: "Every event" }, ...EVENT_OPTIONS]}
          onValue={(value) => setParams({ type: value, cursor: "" })}
        />
      </div>
      <Deliveries
        filter={{ webhook_endpoint_id: id, status, type }}
        names="call"
        none="Call one of your numbers: it is told here after the call."
      />
      {isEditing && endpoint !== undefined ? (
        <EditWebhook endpoint={endpoint} onClose={() => setEditing(false)} />
      ) : null}
      {isReplaying && endpoint !== undefined ? (
        <ReplayRange endpoint={endpoint} onClose={() => setReplaying(false)} />
      ) : null}
      {isRotating && endpoint !== undefined ? (
        <Rotate
          endpoint={endpoint}
          onMade={(made) => {
            setRotating(false);
            setSecret(made);
          }}
          onClose={() => setRotating(false)}
        />
      ) : null}
    </>
  );
}

function About({ endpoint }: { endpoint: EndpointView }) {
  const { last_success_at: good, failing_since: bad, previous_secret_expires_at: old } = endpoint;
  return (
    <section className="card" aria-label="Endpoint">
      <dl className="facts">
        <dt>URL</dt>
        <dd>
          <Foreign text={endpoint.url} />
        </dd>
        <dt>Sent from</dt>
        <dd>{egressWords(endpoint.egress)}</dd>
        <dt>Signature</dt>
        <dd>{endpoint.signature_style === "standard" ? "Standard Webhooks" : "ElevenLabs"}</dd>
        <dt>Events</dt>
        <dd>
          {endpoint.event_types === null ? "All" : endpoint.event_types.map(eventWords).join(", ")}
        </dd>
        <dt>Last success</dt>
        <dd>{good === null ? "Never" : <Time atMs={Date.parse(good)} />}</dd>
        {bad === null ? null : (
          <>
            <dt>Failing since</dt>
            <dd>
              <Time atMs={Date.parse(bad)} /> ({endpoint.consecutive_failures} in a row)
            </dd>
          </>
        )}
        {old === null ? null : (
          <>
            <dt>Old secret signs until</dt>
            <dd>
              <Time atMs={Date.parse(old)} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function TestEvent({ endpoint }: { endpoint: EndpointView }) {
  const [type, setType] = useState<EventType>("call.ended");
  const test = useMutation({
    mutationFn: () => webhookEndpoints.test(endpoint.webhook_endpoint_id, type),
  });
  const told = test.data;
  return (
    <section className="card" aria-label="Test event">
      <div className="row">
        <SelectField label="Sample of" value={type} options={EVENT_OPTIONS} onValue={setType} />
        <Button
          aria-disabled={test.isPending}
          onClick={() => (test.isPending ? undefined : test.mutate())}
        >
          {test.isPending ? "Sending…" : "Send a test event"}
        </Button>
      </div>
      <ProblemNotice error={test.error} />
      {told === undefined ? null : (
        <div role="status" className={told.delivered ? "notice good" : "notice bad"}>
          <strong>
            {told.delivered
              ? `It was taken: ${told.status_code} after ${told.latency_ms} ms.`
              : `It was not taken: ${told.status_code ?? told.error ?? "no answer"}.`}
          </strong>
          {told.response_excerpt ? <Foreign text={told.response_excerpt} /> : null}
        </div>
      )}
    </section>
  );
}

function ReplayRange({ endpoint, onClose }: { endpoint: EndpointView; onClose: () => void }) {
  const [after, setAfter] = useState("");
  const [before, setBefore] = useState("");
  const [status, setStatus] = useState<"" | "delivered" | "failed">("failed");
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () =>
      webhookDeliveries.replayRange({
        webhook_endpoint_id: endpoint.webhook_endpoint_id,
        after: isoOf(after),
        before: isoOf(before),
        ...(status === "" ? {} : { status }),
      }),
    onSuccess: async ({ replayed, has_more }) => {
      const more = has_more ? " There are more in this time: send it again for those." : "";
      say(`${replayed} ${replayed === 1 ? "delivery is" : "deliveries are"} sent again.${more}`);
      if (!has_more) onClose();
      await client.invalidateQueries({ queryKey: ["webhook-deliveries"] });
    },
  });
  return (
    <FormDialog
      narrow
      title="Send a time again"
      about="Each delivery keeps its identifier, so that a receiver can tell that it has had it."
      submit="Send again"
      busy={replay.isPending}
      error={replay.error}
      onSubmit={() => replay.mutate()}
      onClose={onClose}
    >
      <TextField label="From" type="datetime-local" value={after} onText={setAfter} />
      <TextField label="Until" type="datetime-local" value={before} onText={setBefore} />
      <SelectField
        label="Which"
        value={status}
        options={[
          { value: "failed", label: "Those that failed" },
          { value: "delivered", label: "Those that were delivered" },
          { value: "", label: "All that have ended" },
        ]}
        onValue={setStatus}
      />
    </FormDialog>
  );
}

function Rotate(props: {
  endpoint: EndpointView;
  onMade: (secret: string) => void;
  onClose: () => void;
}) {
  const [overlap, setOverlap] = useState("86400");
  const body = { overlap_secs: Number(overlap) };
  const key = useIntention(body);
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => webhookEndpoints.rotateSecret(props.endpoint.webhook_endpoint_id, body, key),
    onSuccess: async ({ secret }) => {
      props.onMade(secret);
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  return (
    <FormDialog
      narrow
      title="Change the secret"
      about="Both secrets sign until the time is over, so that no delivery is refused meanwhile."
      submit="Change it"
      busy={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate()}
      onClose={props.onClose}
    >
      <SelectField
        label="The old one signs for"
        value={overlap}
        options={OVERLAPS}
        onValue={setOverlap}
      />
    </FormDialog>
  );
}

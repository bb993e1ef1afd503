import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { EndpointView } from "../../schema/contracts/webhook-endpoint.ts";
import { useIntention } from "../intention.ts";
import { webhookSources } from "../model/firewall-rows.ts";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { usePublishedNetwork } from "../published-network.ts";
import { webhookEndpoints } from "../resources-webhooks.ts";
import { Link } from "../router.tsx";
import { useSession } from "../session.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { CheckField, SelectField, TextField, type Wrong } from "../ui/field.tsx";
import { QueryState } from "../ui/notice.tsx";
import { CopyLine } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { EVENT_OPTIONS } from "./webhook-words.ts";

interface Draft {
  readonly name: string;
  readonly url: string;
  readonly egress: EndpointView["egress"];
  /** None: all of them. Those of later versions stay as they are. */
  readonly events: readonly string[];
}

/** A new endpoint, whose secret is shown once. */
export function NewWebhook(props: { onMade: (secret: string) => void; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>({ name: "", url: "", egress: "edge", events: [] });
  const [style, setStyle] = useState<EndpointView["signature_style"]>("standard");
  const body = { ...bodyOf(draft), signature_style: style };
  const key = useIntention(body);
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => webhookEndpoints.create(body, key),
    onSuccess: async ({ secret }) => {
      props.onMade(secret);
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  return (
    <FormDialog
      narrow
      title="New webhook"
      submit="Make it"
      busy={create.isPending}
      error={create.error}
      onSubmit={() => create.mutate()}
      onClose={props.onClose}
    >
      <Where draft={draft} onDraft={setDraft} error={create.error} />
      <SelectField
        label="Signature"
        value={style}
        options={[
          { value: "standard", label: "Standard Webhooks" },
          { value: "elevenlabs", label: "ElevenLabs, with its bodies" },
        ]}
        onValue={setStyle}
      />
      <Events draft={draft} onDraft={setDraft} />
    </FormDialog>
  );
}

/** What can be changed of one; its signature stays what its receiver was written for. */
export function EditWebhook({
  endpoint,
  onClose,
}: {
  endpoint: EndpointView;
  onClose: () => void;
}) {
  const [draft, setDraft] = useState<Draft>({
    name: endpoint.name,
    url: endpoint.url,
    egress: endpoint.egress,
    events: endpoint.event_types ?? [],
  });
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => webhookEndpoints.update(endpoint.webhook_endpoint_id, bodyOf(draft)),
    onSuccess: async () => {
      say("The webhook is saved. What is delivered from now on goes there.");
      onClose();
      await client.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  return (
    <FormDialog
      narrow
      title={`Edit ${endpoint.name}`}
      submit="Save"
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Where draft={draft} onDraft={setDraft} error={save.error} />
      <Events draft={draft} onDraft={setDraft} />
    </FormDialog>
  );
}

function bodyOf({ name, url, egress, events }: Draft) {
  return {
    name: name.trim(),
    url: url.trim(),
    egress,
    event_types: events.length === 0 ? null : events,
  };
}

interface PartProps {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

function Where({ draft, onDraft, error }: PartProps & { readonly error: unknown }) {
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <>
      <TextField
        label="Name"
        value={draft.name}
        onText={(name) => onDraft({ ...draft, name })}
        wrong={fieldProblem(problem, "/name")}
      />
      <TextField
        label="URL"
        type="url"
        value={draft.url}
        onText={(url) => onDraft({ ...draft, url })}
        wrong={fieldProblem(problem, "/url")}
        placeholder="https://example.com/calls"
        help="Answers 2xx within 15 s."
      />
      <Egress
        value={draft.egress}
        onValue={(egress) => onDraft({ ...draft, egress })}
        wrong={fieldProblem(problem, "/egress")}
      />
    </>
  );
}

/** From where it is posted, and what a firewall in front of the receiver has to let through. */
function Egress(props: {
  readonly value: EndpointView["egress"];
  readonly onValue: (value: EndpointView["egress"]) => void;
  readonly wrong: Wrong | null;
}) {
  const { view } = useSession();
  return (
    <div className="stack tight">
      <SelectField
        label="Sent from"
        value={props.value}
        options={[
          { value: "edge", label: "Any address" },
          { value: "static", label: `The static addresses of region ${view.region}` },
        ]}
        onValue={props.onValue}
        wrong={props.wrong}
        help={
          props.value === "edge"
            ? "Addresses change without notice. Choose the static ones if a firewall lets in known addresses only."
            : "From these addresses and from no other: while no node can post, deliveries wait."
        }
      />
      {props.value === "static" ? <Sources region={view.region} /> : null}
    </div>
  );
}

function Sources({ region }: { region: string }) {
  const { query, isUnpublished } = usePublishedNetwork();
  if (query.data === undefined && !isUnpublished) {
    return <QueryState query={query} what="the addresses" />;
  }
  const sources = query.data === undefined ? [] : webhookSources(query.data, region);
  if (sources.length === 0) {
    return (
      <div className="notice warn">
        No addresses for webhooks are published in this region. Deliveries wait until there are: an
        operator proposes a range with the service webhook.
      </div>
    );
  }
  return (
    <section className="notice" aria-label="Addresses of webhooks">
      <span>Let these in, to your port:</span>
      {sources.map(({ note, prefix }) => (
        <span key={prefix} className="row middle">
          <CopyLine text={prefix} label={prefix} />
          {note === "" ? null : <span className="muted">{note}</span>}
        </span>
      ))}
      <Link to="/network">The whole list, and how changes are announced</Link>
    </section>
  );
}

function Events({ draft, onDraft }: PartProps) {
  const { events } = draft;
  return (
    <fieldset className="stack tight">
      <legend className="small">Events</legend>
      {EVENT_OPTIONS.map(({ label, value }) => (
        <CheckField
          key={value}
          label={label}
          checked={events.includes(value)}
          onChecked={(isOn) =>
            onDraft({
              ...draft,
              events: isOn ? [...events, value] : events.filter((one) => one !== value),
            })
          }
        />
      ))}
      <span className="muted">None chosen: all, those of later versions too.</span>
    </fieldset>
  );
}

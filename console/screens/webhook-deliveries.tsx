import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { DeliverySummary } from "../../schema/contracts/webhook-endpoint.ts";
import type { Query } from "../api.ts";
import { webhookDeliveries } from "../resources-webhooks.ts";
import { Link, useParam } from "../router.tsx";
import { ProblemNotice, QueryState } from "../ui/notice.tsx";
import { usePager } from "../ui/pager.tsx";
import { Badge, Button, CopyLine, Empty } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Time } from "../ui/values.tsx";
import { DELIVERY_STATUS, eventWords } from "./webhook-words.ts";

const LOOK_MS = 5_000;

/** What was posted, newest first; one of them can be looked at and sent again. */
export function Deliveries(props: {
  readonly filter: Query;
  /** Said where there is none. */
  readonly none: string;
  /** Which column says what the list is not about already. */
  readonly names: "call" | "endpoint";
}) {
  const pager = usePager();
  const [chosen, choose] = useParam("delivery");
  const filter = { ...props.filter, cursor: pager.cursor };
  const query = useQuery({
    queryKey: ["webhook-deliveries", filter],
    queryFn: ({ signal }) => webhookDeliveries.page(filter, signal),
    placeholderData: keepPreviousData,
    // Only what waits changes by itself.
    refetchInterval: ({ state }) =>
      state.data?.rows.some(({ status }) => status === "pending") ? LOOK_MS : false,
  });
  const rows = query.data?.rows ?? [];
  return (
    <>
      <QueryState query={query} what="deliveries" />
      {query.data === undefined ? null : rows.length === 0 ? (
        <Empty title="Nothing was delivered">
          <p>{props.none}</p>
        </Empty>
      ) : (
        <>
          <Table
            caption="Deliveries"
            columns={columnsWith(props.names, choose)}
            rows={rows}
            keyOf={(row) => row.webhook_delivery_id}
          />
          {pager.bar(query.data.next, rows.length)}
        </>
      )}
      {chosen === "" ? null : <Delivery key={chosen} id={chosen} onClose={() => choose("")} />}
    </>
  );
}

function columnsWith(
  names: "call" | "endpoint",
  look: (id: string) => void,
): Column<DeliverySummary>[] {
  return [
    { name: "Made", cell: (row) => <Time atMs={Date.parse(row.created_at)} /> },
    { name: "Event", cell: (row) => eventWords(row.type) },
    names === "call"
      ? {
          name: "Call",
          cell: (row) => (
            <Link to={`/calls/${row.conversation_id}?tab=webhooks`}>{row.conversation_id}</Link>
          ),
        }
      : {
          name: "Endpoint",
          cell: (row) => (
            <Link to={`/webhooks/${row.webhook_endpoint_id}`}>{row.webhook_endpoint_id}</Link>
          ),
        },
    {
      name: "State",
      cell: (row) => {
        const [word, tone] = DELIVERY_STATUS[row.status];
        return <Badge tone={tone}>{word}</Badge>;
      },
    },
    { name: "Tries", isNumber: true, cell: (row) => row.attempts },
    {
      name: "Last answer",
      cell: (row) => (
        <Foreign text={String(row.last_status_code ?? row.last_error ?? "None yet")} />
      ),
    },
    {
      name: "Actions",
      cell: (row) => (
        <span className="row middle">
          <Button
            size="small"
            aria-label={`Look at delivery ${row.sequence} of ${row.conversation_id}`}
            onClick={() => look(row.webhook_delivery_id)}
          >
            Look at
          </Button>
          <Replay delivery={row} />
        </span>
      ),
    },
  ];
}

function Replay({ delivery }: { delivery: DeliverySummary }) {
  const [key, setKey] = useState(() => crypto.randomUUID());
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () => webhookDeliveries.replay(delivery.webhook_delivery_id, key),
    onSuccess: async () => {
      say("It is sent again, under the same identifier.");
      setKey(crypto.randomUUID());
      await client.invalidateQueries({ queryKey: ["webhook-deliveries"] });
    },
  });
  if (delivery.status === "pending") return null;
  return (
    <>
      <Button
        size="small"
        aria-disabled={replay.isPending}
        aria-label={`Send again delivery ${delivery.sequence} of ${delivery.conversation_id}`}
        onClick={() => (replay.isPending ? undefined : replay.mutate())}
      >
        Send again
      </Button>
      <ProblemNotice error={replay.error} />
    </>
  );
}

function Delivery({ id, onClose }: { id: string; onClose: () => void }) {
  const query = useQuery({
    queryKey: ["webhook-deliveries", "one", id],
    queryFn: ({ signal }) => webhookDeliveries.get(id, signal),
  });
  const delivery = query.data;
  return (
    <section className="card" aria-label="Delivery">
      <div className="row middle">
        <h2>Delivery</h2>
        <Button size="small" onClick={onClose}>
          Close
        </Button>
      </div>
      <CopyLine text={id} label="the delivery's identifier" />
      <QueryState query={query} what="the delivery" />
      {delivery === undefined ? null : (
        <>
          <h3>Posted</h3>
          <Foreign text={delivery.request.url} />
          <Excerpt
            text={[
              ...Object.entries(delivery.request.headers).map(
                ([name, value]) => `${name}: ${value}`,
              ),
              "",
              delivery.request.body_excerpt,
            ].join("\n")}
          />
          <h3>Answered</h3>
          {delivery.response === null ? (
            <p>
              <Foreign text={delivery.last_error ?? "Not yet"} />
            </p>
          ) : (
            <>
              <p>
                {delivery.response.status_code}
                {delivery.response.latency_ms === null
                  ? ""
                  : ` after ${delivery.response.latency_ms} ms`}
              </p>
              <Excerpt text={delivery.response.body_excerpt ?? ""} />
            </>
          )}
        </>
      )}
    </section>
  );
}

function Excerpt({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
    <pre className="raw" tabIndex={0}>
      <Foreign text={text} />
    </pre>
  );
}

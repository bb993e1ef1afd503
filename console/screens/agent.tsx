import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { AgentView } from "../../schema/contracts/agent.ts";
import { agents } from "../resources.ts";
import { Link, navigate } from "../router.tsx";
import { ConfirmDialog } from "../ui/dialog.tsx";
import { Loading, QueryState } from "../ui/notice.tsx";
import { Button, CopyLine, Empty, PageHead } from "../ui/parts.tsx";
import { say } from "../ui/toast.tsx";
import { Foreign, Phone } from "../ui/values.tsx";
import { AgentDialog } from "./agent-dialog.tsx";
import { PROTOCOLS } from "./agent-form-part.ts";

// Microphone and audio thread come when somebody wants to speak.
const TryIt = lazy(async () => ({ default: (await import("./try-it.tsx")).TryIt }));

/** One agent: how it is reached, and which numbers it answers. */
export function AgentScreen({ id }: { id: string }) {
  const [open, setOpen] = useState<"edit" | "delete" | "try" | null>(null);
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["agents", "one", id],
    queryFn: ({ signal }) => agents.get(id, signal),
  });
  const save = useMutation({
    mutationFn: (body: Record<string, unknown>) => agents.update(id, body),
    onSuccess: async () => {
      say("The agent is saved. Its next call is as it is set now.");
      setOpen(null);
      await client.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  const remove = useMutation({
    mutationFn: () => agents.remove(id),
    onSuccess: async () => {
      say("The agent is deleted.");
      navigate("/agents");
      await client.invalidateQueries({ queryKey: ["agents"] });
    },
  });
  const agent = query.data;
  return (
    <>
      <PageHead
        title={agent === undefined ? "Agent" : agent.name || "Agent"}
        about={<CopyLine text={id} label="the identifier" />}
        back={{ to: "/agents", name: "Agents" }}
      >
        {agent === undefined ? null : (
          <>
            <Button look="primary" onClick={() => setOpen("try")}>
              Try it
            </Button>
            <Button onClick={() => setOpen("edit")}>Edit</Button>
            <Button look="danger" onClick={() => setOpen("delete")}>
              Delete
            </Button>
          </>
        )}
      </PageHead>
      <QueryState query={query} what="the agent" />
      {agent === undefined ? null : <About agent={agent} />}
      <Suspense fallback={<Loading what="the phone" />}>
        {open === "try" && agent !== undefined ? (
          <TryIt
            title={`Try ${agent.name || "the agent"}`}
            target={{ agent_id: id }}
            onClose={() => setOpen(null)}
          />
        ) : null}
      </Suspense>
      {open === "edit" && agent !== undefined ? (
        <AgentDialog
          title={`Edit ${agent.name}`}
          agent={agent}
          busy={save.isPending}
          error={save.error}
          onSave={(body) => save.mutate(body)}
          onClose={() => setOpen(null)}
        />
      ) : null}
      {open === "delete" && agent !== undefined ? (
        <ConfirmDialog
          title={`Delete ${agent.name}?`}
          confirm="Delete the agent"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate()}
          onClose={() => setOpen(null)}
        >
          <p>
            {agent.phone_numbers.length === 0
              ? "No phone number is assigned to it."
              : `${agent.phone_numbers.length} of your phone numbers are then without an agent, and their calls are refused.`}{" "}
            Calls that it had stay in the history.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

function About({ agent }: { agent: AgentView }) {
  const { connection } = agent;
  const protocol = PROTOCOLS.find(({ value }) => value === connection.protocol)?.label;
  return (
    <>
      <section className="card" aria-label="Connection">
        <h2>Connection</h2>
        <dl className="facts">
          <dt>Protocol</dt>
          <dd>{protocol ?? connection.protocol}</dd>
          {"url" in connection ? (
            <>
              <dt>URL</dt>
              <dd>
                <code>
                  <Foreign text={connection.url} />
                </code>
              </dd>
              <dt>Secret headers</dt>
              <dd>
                {connection.header_names.length === 0 ? "None" : connection.header_names.join(", ")}
              </dd>
            </>
          ) : null}
        </dl>
      </section>
      <section className="card" aria-label="Phone numbers">
        <h2>Phone numbers</h2>
        {agent.phone_numbers.length === 0 ? (
          <Empty title="No number is assigned">
            <Link to="/phone-numbers">Assign one</Link>
          </Empty>
        ) : (
          <ul>
            {agent.phone_numbers.map((number) => (
              <li key={number.phone_number_id}>
                <Phone number={number.phone_number} /> <Foreign text={number.label} />
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

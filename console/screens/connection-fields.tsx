import { SelectField, TextField } from "../ui/field.tsx";
import { Button } from "../ui/parts.tsx";
import { type AgentFormPart, PROTOCOLS } from "./agent-form-part.ts";

/** How a node reaches the agent. */
export function ConnectionFields(part: AgentFormPart) {
  const { draft, change, wrong } = part;
  const { protocol } = draft;
  const isOptional = protocol === "openai" || protocol === "elevenlabs";
  return (
    <fieldset>
      <legend>Connection</legend>
      <SelectField
        label="Protocol"
        value={protocol}
        options={PROTOCOLS}
        onValue={(next) => change({ protocol: next })}
      />
      {protocol === "builtin" ? (
        <p className="muted">Greets, and repeats what it hears. For trying out a trunk.</p>
      ) : (
        <>
          <TextField
            label="URL"
            value={draft.url}
            onText={(url) => change({ url })}
            wrong={wrong("/connection/url")}
            placeholder="wss://agent.example.com/calls"
            help={
              isOptional
                ? "Empty: the vendor's own."
                : "Of the agent's WebSocket, wss:// in production."
            }
          />
          {protocol === "openai" ? (
            <TextField
              label="Model"
              value={draft.model}
              onText={(model) => change({ model })}
              wrong={wrong("/connection/model")}
            />
          ) : null}
          {protocol === "elevenlabs" ? (
            <TextField
              label="Agent ID at ElevenLabs"
              value={draft.vendorAgentId}
              onText={(vendorAgentId) => change({ vendorAgentId })}
              wrong={wrong("/connection/agent_id")}
            />
          ) : null}
          {protocol === "native" ? null : <SecretField {...part} />}
          <Headers {...part} />
        </>
      )}
    </fieldset>
  );
}

function SecretField({ draft, change, wrong, hasSecret }: AgentFormPart) {
  const isToken = draft.protocol === "twilio" || draft.protocol === "telnyx";
  return (
    <TextField
      label={isToken ? "Auth token" : "API key of the vendor"}
      type="password"
      autoComplete="new-password"
      value={draft.secret}
      onText={(secret) => change({ secret })}
      wrong={wrong(isToken ? "/connection/auth_token" : "/connection/api_key")}
      {...(hasSecret ? { placeholder: "Unchanged" } : {})}
      help={
        hasSecret
          ? "Kept as it is unless you type another."
          : "Sealed when it is saved, and never shown again."
      }
    />
  );
}

function Headers({ draft, change, wrong, headerNames }: AgentFormPart) {
  const rows = draft.headers;
  const set = (key: number, part: { name?: string; value?: string }): void =>
    change({ headers: rows.map((row) => (row.key === key ? { ...row, ...part } : row)) });
  const add = (): void => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
    change({ headers: [...rows, { key, name: "", value: "" }] });
  };
  const problem = wrong("/connection/headers");
  return (
    <fieldset className="stack tight">
      <legend className="small">Secret headers</legend>
      <span className="muted">
        Sent when the node connects; values are sealed and never shown again.
        {headerNames.length === 0
          ? ""
          : ` It has ${headerNames.join(", ")}: they stay unless you type new ones.`}
      </span>
      {rows.map((row, index) => (
        <div className="row" key={row.key}>
          <div className="grow">
            <TextField
              label={`Header ${index + 1} name`}
              value={row.name}
              onText={(name) => set(row.key, { name })}
            />
          </div>
          <div className="grow">
            <TextField
              label={`Header ${index + 1} value`}
              type="password"
              autoComplete="new-password"
              value={row.value}
              onText={(value) => set(row.key, { value })}
            />
          </div>
        </div>
      ))}
      {problem === null ? null : <span className="wrong">{problem.detail}</span>}
      <div>
        <Button size="small" onClick={add}>
          Add header
        </Button>
      </div>
    </fieldset>
  );
}

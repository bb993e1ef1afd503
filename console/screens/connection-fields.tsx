import { SelectField, TextField } from "../ui/field.tsx";
import { HeaderRows } from "../ui/header-rows.tsx";
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
  const kept = headerNames.join(", ");
  return (
    <HeaderRows
      legend="Secret headers"
      help={`Sent when the node connects; values are sealed and never shown again.${
        kept === "" ? "" : ` It has ${kept}: they stay unless you type new ones.`
      }`}
      isSecret
      rows={draft.headers}
      wrong={wrong("/connection/headers")}
      onRows={(headers) => change({ headers })}
    />
  );
}

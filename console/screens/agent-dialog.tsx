import { useState } from "react";
import type { AgentView } from "../../schema/contracts/agent.ts";
import { agentBody, draftOfAgent, NEW_AGENT } from "../model/agent-form.ts";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { AreaField, CheckField, SelectField, TextField } from "../ui/field.tsx";
import type { AgentFormPart } from "./agent-form-part.ts";
import { ConnectionFields } from "./connection-fields.tsx";

/** New, and edit. */
export function AgentDialog(props: {
  readonly title: string;
  readonly agent: AgentView | null;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onSave: (body: Record<string, unknown>) => void;
  readonly onClose: () => void;
}) {
  const { agent, error } = props;
  const [draft, setDraft] = useState(() => (agent === null ? NEW_AGENT : draftOfAgent(agent)));
  const problem = error instanceof ApiProblem ? error : null;
  const connection = agent?.connection;
  const part: AgentFormPart = {
    draft,
    change: (change) => setDraft((before) => ({ ...before, ...change })),
    wrong: (pointer) => fieldProblem(problem, pointer),
    headerNames:
      connection !== undefined && "header_names" in connection ? connection.header_names : [],
    hasSecret:
      connection !== undefined &&
      (("has_auth_token" in connection && connection.has_auth_token) ||
        ("has_api_key" in connection && connection.has_api_key)),
  };
  return (
    <FormDialog
      title={props.title}
      submit={agent === null ? "Make the agent" : "Save"}
      busy={props.busy}
      error={error}
      onSubmit={() => props.onSave(agentBody(draft))}
      onClose={props.onClose}
    >
      <fieldset>
        <TextField
          label="Name"
          value={draft.name}
          onText={(name) => part.change({ name })}
          wrong={part.wrong("/name")}
        />
      </fieldset>
      <ConnectionFields {...part} />
      <CallFields {...part} />
    </FormDialog>
  );
}

function CallFields({ draft, change, wrong }: AgentFormPart) {
  return (
    <fieldset>
      <legend>Calls</legend>
      <CheckField
        label="Record its calls"
        checked={draft.isRecorded}
        onChecked={(isRecorded) => change({ isRecorded })}
      />
      {draft.isRecorded ? (
        <TextField
          label="Keep recordings for days"
          inputMode="numeric"
          value={draft.retentionDays}
          onText={(retentionDays) => change({ retentionDays })}
          wrong={wrong("/recording/retention_days")}
          help="Whether callers have to be told is yours to know."
        />
      ) : null}
      <SelectField
        label="When a machine answers"
        value={draft.voicemail}
        options={[
          { value: "off", label: "Do not listen for machines" },
          { value: "hang_up", label: "Hang up" },
          { value: "leave_message", label: "Leave a message after the beep" },
          { value: "continue", label: "Only say so" },
        ]}
        onValue={(voicemail) => change({ voicemail })}
        help="Of calls that it places."
      />
      {draft.voicemail === "leave_message" ? (
        <AreaField
          label="Message"
          value={draft.voicemailMessage}
          onText={(voicemailMessage) => change({ voicemailMessage })}
          wrong={wrong("/voicemail_detection/message")}
        />
      ) : null}
      <CheckField
        label="Let callers wait when the agent is busy"
        checked={draft.isQueued}
        onChecked={(isQueued) => change({ isQueued })}
      />
      <div className="columns">
        {draft.isQueued ? (
          <TextField
            label="Longest wait in seconds"
            inputMode="numeric"
            value={draft.queueSecs}
            onText={(queueSecs) => change({ queueSecs })}
            wrong={wrong("/platform_settings/queueing_config")}
          />
        ) : null}
        <TextField
          label="Calls at the same time"
          inputMode="numeric"
          value={draft.concurrency}
          onText={(concurrency) => change({ concurrency })}
          wrong={wrong("/platform_settings/call_limits")}
          help="Empty: no limit."
        />
      </div>
      <AreaField
        label="May transfer to"
        value={draft.transferDestinations}
        onText={(transferDestinations) => change({ transferDestinations })}
        wrong={wrong("/transfer_destinations")}
        placeholder={"+493012345678\n+49*\nsip:*@pbx.example.com"}
        help="Numbers, +49* for all that begin so, or SIP URIs, one a line. Empty: nobody."
      />
    </fieldset>
  );
}

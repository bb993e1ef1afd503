import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { draftOf, importBody, NEW_DRAFT, testBody, updateBody } from "../model/trunk-form.ts";
import { phoneNumbers } from "../resources.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { say } from "../ui/toast.tsx";
import { AgentField } from "./assign-agent.tsx";
import { FirewallPart } from "./firewall-rows.tsx";
import type { TrunkFormPart } from "./trunk-form-part.ts";
import { InboundFields } from "./trunk-inbound.tsx";
import { OutboundFields } from "./trunk-outbound.tsx";
import { ProviderFields } from "./trunk-provider.tsx";
import { TrunkTest } from "./trunk-test.tsx";

/** Import, and edit: the same form, in the order in which carriers ask for it. */
export function TrunkDialog(props: { number: PhoneNumberView | null; onClose: () => void }) {
  const { number, onClose } = props;
  const [draft, setDraft] = useState(() => (number === null ? NEW_DRAFT : draftOf(number)));
  const [key, setKey] = useState(() => crypto.randomUUID());
  /** Of a test: what it says of the settings stands at their fields as well. */
  const [testError, setTestError] = useState<unknown>(null);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      if (number === null) await phoneNumbers.create(importBody(draft), key);
      else await phoneNumbers.update(number.phone_number_id, updateBody(draft, number));
    },
    onSuccess: async () => {
      say(
        number === null
          ? `${draft.phoneNumber.trim()} is imported. Its first call can come now.`
          : `${number.phone_number} is saved.`,
      );
      onClose();
      await client.invalidateQueries({ queryKey: ["phone-numbers"] });
    },
  });
  const error = save.error ?? testError;
  const problem = error instanceof ApiProblem ? error : null;
  const part: TrunkFormPart = {
    draft,
    before: number,
    change: (change) => {
      setDraft((before) => ({ ...before, ...change }));
      setTestError(null);
      // Another body is another intention.
      setKey(crypto.randomUUID());
    },
    wrong: (pointer) => fieldProblem(problem, pointer),
  };
  return (
    <FormDialog
      title={number === null ? "Import SIP trunk" : `Edit ${number.phone_number}`}
      submit={number === null ? "Import" : "Save"}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <NumberFields {...part} />
      <ProviderFields {...part} />
      <OutboundFields {...part} />
      {draft.hasOutbound ? (
        <TrunkTest bodyOf={(ring) => testBody(draft, number, ring)} onError={setTestError} />
      ) : null}
      <InboundFields {...part} />
      <FirewallPart />
      <fieldset>
        <AgentField
          label="Assign to agent"
          none="None for now"
          help="The agent answers the number's calls. It can be changed at any time."
          value={draft.agentId}
          onValue={(agentId) => part.change({ agentId })}
          known={number?.assigned_agent ?? null}
        />
      </fieldset>
    </FormDialog>
  );
}

function NumberFields({ draft, change, wrong, before }: TrunkFormPart) {
  return (
    <fieldset>
      <legend>Number</legend>
      <div className="columns">
        <TextField
          label="Phone number"
          type="tel"
          value={draft.phoneNumber}
          onText={(phoneNumber) => change({ phoneNumber })}
          wrong={wrong("/phone_number")}
          readOnly={before !== null}
          placeholder="+493012345678"
          help={
            before === null
              ? "As the carrier dials it: + and country code, or an extension such as 1000."
              : "A number cannot be changed: import the other one."
          }
          required
        />
        <TextField
          label="Label"
          value={draft.label}
          onText={(label) => change({ label })}
          wrong={wrong("/label")}
          placeholder="Reception Berlin"
          help="A name by which your colleagues know it."
        />
      </div>
    </fieldset>
  );
}

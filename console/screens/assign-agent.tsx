import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { PhoneNumberView } from "../../schema/contracts/phone-number.ts";
import { agents, phoneNumbers } from "../resources.ts";
import { setParams, useParam } from "../router.tsx";
import { FormDialog } from "../ui/dialog.tsx";
import { SelectField } from "../ui/field.tsx";
import { say } from "../ui/toast.tsx";

/** Agents by name, to choose one from. */
export function AgentField(props: {
  readonly label: string;
  readonly value: string;
  /** What the empty choice is called. */
  readonly none: string;
  readonly help?: string;
  /** An agent that may be on a later page of the list. */
  readonly known?: { readonly agent_id: string; readonly agent_name: string } | null;
  readonly onValue: (id: string) => void;
}) {
  const query = useQuery({
    queryKey: ["agents", "options"],
    queryFn: ({ signal }) => agents.page({ search: "", cursor: "" }, signal),
    staleTime: 30_000,
  });
  const listed = [
    { value: "", label: props.none },
    ...(query.data?.rows ?? []).map(({ agent_id, name }) => ({
      value: agent_id,
      label: name || agent_id,
    })),
  ];
  const { known, value } = props;
  const isListed = listed.some((one) => one.value === value);
  const name = known?.agent_id === value ? known.agent_name : value;
  return (
    <SelectField
      label={props.label}
      value={value}
      options={isListed ? listed : [...listed, { value, label: name }]}
      onValue={props.onValue}
      {...(props.help === undefined ? {} : { help: props.help })}
    />
  );
}

export function AgentFilter() {
  const [agentId] = useParam("agent_id");
  return (
    <AgentField
      label="Agent"
      none="Every agent"
      value={agentId}
      onValue={(next) => setParams({ agent_id: next, cursor: "" })}
    />
  );
}

export function AssignDialog({
  number,
  onClose,
}: {
  number: PhoneNumberView;
  onClose: () => void;
}) {
  const [agentId, setAgentId] = useState(number.assigned_agent?.agent_id ?? "");
  const client = useQueryClient();
  const assign = useMutation({
    mutationFn: () =>
      phoneNumbers.update(number.phone_number_id, { agent_id: agentId === "" ? null : agentId }),
    onSuccess: async () => {
      const name = number.phone_number;
      say(agentId === "" ? `${name} has no agent now.` : `${name} is assigned.`);
      onClose();
      await client.invalidateQueries({ queryKey: ["phone-numbers"] });
    },
  });
  return (
    <FormDialog
      narrow
      title={`Agent of ${number.phone_number}`}
      about="The agent answers the number's calls. The trunks stay as they are."
      submit="Save"
      busy={assign.isPending}
      error={assign.error}
      onSubmit={() => assign.mutate()}
      onClose={onClose}
    >
      <AgentField
        label="Agent"
        none="None: calls are refused"
        value={agentId}
        onValue={setAgentId}
        known={number.assigned_agent}
      />
    </FormDialog>
  );
}

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { columnsOf, likelyNumberColumn } from "../model/table-columns.ts";
import { batchCalls, phoneNumbers } from "../resources.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { say } from "../ui/toast.tsx";
import { AgentField } from "./assign-agent.tsx";

/** A batch out of a table: which of its columns has the numbers, and the rest are variables. */
export function NewBatchDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [agentId, setAgentId] = useState("");
  const [numberId, setNumberId] = useState("");
  const [column, setColumn] = useState("");
  const [atOnce, setAtOnce] = useState("");
  const [csv, setCsv] = useState<string | null>(null);
  const [key] = useState(() => crypto.randomUUID());
  const fileId = useId();
  const client = useQueryClient();
  const numbers = useQuery({
    queryKey: ["phone-numbers", "outbound"],
    queryFn: ({ signal }) => phoneNumbers.outbound(signal),
  });
  const submit = useMutation({
    mutationFn: () =>
      batchCalls.submit(
        {
          call_name: name.trim(),
          agent_id: agentId,
          agent_phone_number_id: numberId,
          phone_number_column: column,
          target_concurrency_limit: atOnce.trim(),
        },
        csv ?? "",
        key,
      ),
    onSuccess: async () => {
      say(`${name.trim()} has begun.`);
      onClose();
      await client.invalidateQueries({ queryKey: ["batch-calls"] });
    },
  });
  const problem = submit.error instanceof ApiProblem ? submit.error : null;
  const columns = csv === null ? [] : columnsOf(csv);
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const text = await file.text();
    setCsv(text);
    setColumn(likelyNumberColumn(columnsOf(text)));
  };
  return (
    <FormDialog
      title="New batch"
      submit="Call them"
      busy={submit.isPending}
      error={submit.error}
      onSubmit={() => submit.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onText={setName}
        wrong={fieldProblem(problem, "/call_name")}
      />
      <div className="columns">
        <AgentField label="Agent" none="Choose one" value={agentId} onValue={setAgentId} />
        <SelectField
          label="Calls come from"
          value={numberId}
          options={[
            { value: "", label: "Choose one" },
            ...(numbers.data ?? []).map((one) => ({
              value: one.phone_number_id,
              label: `${one.phone_number} ${one.label}`,
            })),
          ]}
          onValue={setNumberId}
          wrong={fieldProblem(problem, "/agent_phone_number_id")}
        />
      </div>
      <div className="field">
        <label htmlFor={fileId}>Table (CSV)</label>
        <input
          id={fileId}
          className="input"
          type="file"
          accept=".csv,text/csv"
          onChange={(event) => void read(event.target.files?.[0])}
        />
      </div>
      {columns.length === 0 ? null : (
        <SelectField
          label="Column of the phone numbers"
          value={column}
          options={columns.map((value) => ({ value, label: value }))}
          onValue={setColumn}
          help={`The others are dynamic variables: ${columns.filter((one) => one !== column).join(", ") || "none"}.`}
        />
      )}
      <TextField
        label="At the same time"
        inputMode="numeric"
        value={atOnce}
        onText={setAtOnce}
        wrong={fieldProblem(problem, "/target_concurrency_limit")}
        help="Empty: as many as your limits allow."
      />
      {problem === null || problem.fields.length === 0 ? null : (
        <ul className="wrong">
          {problem.fields.slice(0, 20).map((field) => (
            <li key={`${field.pointer} ${field.detail}`}>
              <code>{field.pointer}</code> {field.detail}
            </li>
          ))}
        </ul>
      )}
    </FormDialog>
  );
}

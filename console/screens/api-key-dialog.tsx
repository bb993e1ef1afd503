import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiKeyView } from "../../schema/contracts/api-keys.ts";
import { useIntention } from "../intention.ts";
import { ApiProblem, fieldProblem } from "../model/problem.ts";
import { linesOf } from "../model/trunk-form.ts";
import { isoOf, localField } from "../model/words.ts";
import { apiKeys } from "../resources-operate.ts";
import { FormDialog } from "../ui/dialog.tsx";
import { AreaField, SelectField, TextField } from "../ui/field.tsx";
import { say } from "../ui/toast.tsx";
import { OVERLAPS } from "./overlaps.ts";

interface KeyDialogProps {
  readonly onMade: (key: string) => void;
  readonly onClose: () => void;
}

/** A new key, or what an old one may and who has it. */
export function KeyDialog(props: KeyDialogProps & { apiKey: ApiKeyView | null }) {
  const { apiKey: before, onClose } = props;
  const [name, setName] = useState(before?.name ?? "");
  const [member, setMember] = useState(before?.member ?? "");
  const [scopes, setScopes] = useState(before?.scopes.join("\n") ?? "numbers:read\ncalls:read");
  const [cidrs, setCidrs] = useState(before?.allowed_cidrs?.join("\n") ?? "");
  const [expires, setExpires] = useState(localField(before?.expires_at ?? null));
  const blocks = linesOf(cidrs);
  const body = {
    name: name.trim(),
    member: member.trim() === "" ? null : member.trim(),
    scopes: linesOf(scopes),
    allowed_cidrs: blocks.length === 0 ? null : blocks,
    // What was not touched stays to the second.
    ...(before !== null && expires === localField(before.expires_at)
      ? {}
      : { expires_at: expires === "" ? null : isoOf(expires) }),
  };
  const key = useIntention(body);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      if (before === null) return (await apiKeys.create(body, key)).api_key;
      await apiKeys.update(before.api_key_id, body);
      return null;
    },
    onSuccess: async (made) => {
      if (made === null) {
        say(`${body.name} is saved.`);
        onClose();
      } else props.onMade(made);
      await client.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  const problem = save.error instanceof ApiProblem ? save.error : null;
  return (
    <FormDialog
      narrow
      title={before === null ? "New key" : `Edit ${before.name}`}
      submit={before === null ? "Make it" : "Save"}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        onText={setName}
        wrong={fieldProblem(problem, "/name")}
      />
      <TextField
        label="Whose key it is"
        value={member}
        onText={setMember}
        wrong={fieldProblem(problem, "/member")}
        help="A person or program, in your own words; the audit log names it. Empty: nobody's."
      />
      <AreaField
        label="May"
        value={scopes}
        onText={setScopes}
        wrong={fieldProblem(problem, "/scopes")}
        help="Scopes, one a line; * is everything that the workspace may."
      />
      <AreaField
        label="From these addresses"
        value={cidrs}
        onText={setCidrs}
        wrong={fieldProblem(problem, "/allowed_cidrs")}
        placeholder="203.0.113.0/24"
        help="Addresses or blocks, one a line. Empty: from everywhere."
      />
      <TextField
        label="Works until"
        type="datetime-local"
        value={expires}
        onText={setExpires}
        wrong={fieldProblem(problem, "/expires_at")}
        help="Empty: until it is revoked."
      />
    </FormDialog>
  );
}

/** Two keys work until the time is over. */
export function RotateDialog({ apiKey, onClose, onMade }: KeyDialogProps & { apiKey: ApiKeyView }) {
  const [overlap, setOverlap] = useState("86400");
  const body = { overlap_secs: Number(overlap) };
  const key = useIntention(body);
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => apiKeys.rotate(apiKey.api_key_id, body, key),
    onSuccess: async ({ api_key }) => {
      onMade(api_key);
      await client.invalidateQueries({ queryKey: ["api-keys"] });
    },
  });
  return (
    <FormDialog
      narrow
      title={`Replace ${apiKey.name}`}
      about="A new key that may the same. Both work until the time is over, so that programs can change over."
      submit="Make the new key"
      busy={rotate.isPending}
      error={rotate.error}
      onSubmit={() => rotate.mutate()}
      onClose={onClose}
    >
      <SelectField
        label="The old key works for"
        value={overlap}
        options={OVERLAPS}
        onValue={setOverlap}
      />
    </FormDialog>
  );
}

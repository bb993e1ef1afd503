import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ConfirmDialog } from "./dialog.tsx";
import { say } from "./toast.tsx";

/** Asks before something that cannot be taken back; then says that it is done, and has the lists that showed it read again. */
export function ConfirmAction(props: {
  readonly title: string;
  readonly confirm: string;
  readonly act: () => Promise<unknown>;
  /** When it is done. */
  readonly words: string;
  /** Key of the queries that showed it. */
  readonly lists: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const { confirm, lists, onClose, title, words } = props;
  const client = useQueryClient();
  const action = useMutation({
    mutationFn: props.act,
    onSuccess: async () => {
      say(words);
      onClose();
      await client.invalidateQueries({ queryKey: [lists] });
    },
  });
  return (
    <ConfirmDialog
      title={title}
      confirm={confirm}
      busy={action.isPending}
      error={action.error}
      onConfirm={() => action.mutate()}
      onClose={onClose}
    >
      {props.children}
    </ConfirmDialog>
  );
}

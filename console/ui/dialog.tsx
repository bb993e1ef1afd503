import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog } from "@base-ui/react/dialog";
import type { FormEvent, ReactNode } from "react";
import { ProblemNotice } from "./notice.tsx";
import { Button } from "./parts.tsx";

/** Dialogs: focus goes in and comes back, Escape closes, what is behind is inert. */

interface FormDialogProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly submit: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly narrow?: boolean;
  readonly extra?: ReactNode;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog with its heading; the rest is its children. */
export function DialogFrame(props: {
  readonly title: string;
  readonly narrow?: boolean | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Dialog.Root
      open
      onOpenChange={(open) => (open ? undefined : props.onClose())}
      disablePointerDismissal
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={props.narrow === true ? "popup narrow" : "popup"}>
          <header className="popup-head">
            <Dialog.Title>{props.title}</Dialog.Title>
            <Dialog.Close className="button popup-close" aria-label="Close">
              ×
            </Dialog.Close>
          </header>
          {props.children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export function FormDialog(props: FormDialogProps) {
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!props.busy) props.onSubmit();
  };
  return (
    <DialogFrame title={props.title} narrow={props.narrow} onClose={props.onClose}>
      <form onSubmit={send} noValidate>
        <div className="body">
          {props.about === undefined ? null : (
            <Dialog.Description className="muted">{props.about}</Dialog.Description>
          )}
          {props.children}
          <ProblemNotice error={props.error} />
        </div>
        <footer className="popup-foot">
          {props.extra}
          <Button onClick={props.onClose}>Cancel</Button>
          <Button look="primary" type="submit" aria-disabled={props.busy}>
            {props.busy ? "Working…" : props.submit}
          </Button>
        </footer>
      </form>
    </DialogFrame>
  );
}

/** Before what cannot be taken back. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly confirm: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <AlertDialog.Root open onOpenChange={(open) => (open ? undefined : props.onClose())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="popup narrow">
          <header className="popup-head">
            <AlertDialog.Title>{props.title}</AlertDialog.Title>
          </header>
          <div className="body">
            <AlertDialog.Description render={<div className="stack" />}>
              {props.children}
            </AlertDialog.Description>
            <ProblemNotice error={props.error} />
          </div>
          <footer className="popup-foot">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <Button look="danger" aria-disabled={props.busy} onClick={props.onConfirm}>
              {props.busy ? "Working…" : props.confirm}
            </Button>
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

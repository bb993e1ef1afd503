import { TextField, type Wrong } from "../ui/field.tsx";

/** User name and password of one side of a trunk. A password that is there is kept unless another is typed. */
export function CredentialFields(props: {
  readonly side: "Inbound" | "Outbound";
  readonly help: string;
  readonly user: string;
  readonly password: string;
  /** What the trunk has now; null: nothing. */
  readonly kept: {
    readonly has_auth_credentials: boolean;
    readonly username: string | null;
  } | null;
  readonly wrong: (name: "username" | "password") => Wrong | null;
  readonly onUser: (user: string) => void;
  readonly onPassword: (password: string) => void;
}) {
  const { side, kept } = props;
  const isKept = kept?.has_auth_credentials === true && kept.username === props.user;
  return (
    <div className="columns">
      <TextField
        label={`${side} user name`}
        value={props.user}
        onText={props.onUser}
        wrong={props.wrong("username")}
        help={props.help}
      />
      <TextField
        label={`${side} password`}
        type="password"
        autoComplete="new-password"
        value={props.password}
        onText={props.onPassword}
        wrong={props.wrong("password")}
        {...(isKept ? { placeholder: "Unchanged" } : {})}
        help={
          isKept
            ? "Kept as it is unless you type another."
            : "Sealed when it is saved, and never shown again."
        }
      />
    </div>
  );
}

import {
  type InputHTMLAttributes,
  type ReactNode,
  type TextareaHTMLAttributes,
  useId,
} from "react";

/** Fields of forms: a label, a word of help, and what is wrong with what was typed, all told to screen readers. */

export interface Wrong {
  readonly detail: string;
  readonly hint: string | null;
}

interface FieldProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly wrong?: Wrong | null;
}

interface Described {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean | undefined;
}

function Frame(props: FieldProps & { children: (described: Described) => ReactNode }) {
  const id = useId();
  const { label, help, wrong = null } = props;
  const describedBy = [
    help === undefined ? null : `${id}-help`,
    wrong === null ? null : `${id}-wrong`,
  ].filter((one) => one !== null);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {props.children({
        id,
        "aria-describedby": describedBy.length === 0 ? undefined : describedBy.join(" "),
        "aria-invalid": wrong === null ? undefined : true,
      })}
      {help === undefined ? null : (
        <span className="hint" id={`${id}-help`}>
          {help}
        </span>
      )}
      {wrong === null ? null : (
        <span className="wrong" id={`${id}-wrong`}>
          {wrong.detail}
          {wrong.hint === null || wrong.detail.includes(wrong.hint) ? "" : ` Try ${wrong.hint}`}
        </span>
      )}
    </div>
  );
}

type TextProps = FieldProps &
  Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange"> & {
    readonly value: string;
    readonly onText: (value: string) => void;
  };

export function TextField({ label, help, wrong, onText, ...rest }: TextProps) {
  return (
    <Frame label={label} {...(help === undefined ? {} : { help })} wrong={wrong ?? null}>
      {(described) => (
        <input
          autoComplete="off"
          spellCheck={false}
          {...rest}
          {...described}
          className="input"
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Frame>
  );
}

type AreaProps = FieldProps &
  Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "value" | "onChange"> & {
    readonly value: string;
    readonly onText: (value: string) => void;
  };

export function AreaField({ label, help, wrong, onText, ...rest }: AreaProps) {
  return (
    <Frame label={label} {...(help === undefined ? {} : { help })} wrong={wrong ?? null}>
      {(described) => (
        <textarea
          spellCheck={false}
          {...rest}
          {...described}
          className="input mono"
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </Frame>
  );
}

export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
}

export function SelectField<T extends string>(
  props: FieldProps & {
    readonly value: T;
    readonly options: readonly Option<T>[];
    readonly onValue: (value: T) => void;
  },
) {
  const { label, help, wrong, value, options, onValue } = props;
  return (
    <Frame label={label} {...(help === undefined ? {} : { help })} wrong={wrong ?? null}>
      {(described) => (
        <select
          {...described}
          className="input"
          value={value}
          onChange={(event) => {
            const chosen = options.find((one) => one.value === event.target.value);
            if (chosen !== undefined) onValue(chosen.value);
          }}
        >
          {options.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

export function CheckField(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChecked(event.target.checked)}
      />
      <label htmlFor={id}>{props.label}</label>
    </div>
  );
}

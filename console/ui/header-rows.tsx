import type { ReactNode } from "react";
import type { HeaderRow } from "../model/trunk-form.ts";
import { TextField, type Wrong } from "./field.tsx";
import { Button } from "./parts.tsx";

/** Headers by name and value, as many as wanted. */
export function HeaderRows(props: {
  readonly legend: string;
  readonly help: ReactNode;
  readonly rows: readonly HeaderRow[];
  /** What the name of a new one begins with. */
  readonly prefix?: string;
  /** Values are typed unseen. */
  readonly isSecret?: boolean;
  readonly wrong: Wrong | null;
  readonly onRows: (rows: readonly HeaderRow[]) => void;
}) {
  const { rows, onRows } = props;
  const set = (key: number, part: { name?: string; value?: string }): void =>
    onRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const add = (): void => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1;
    onRows([...rows, { key, name: props.prefix ?? "", value: "" }]);
  };
  return (
    <fieldset className="stack tight">
      <legend className="small">{props.legend}</legend>
      <span className="muted">{props.help}</span>
      {rows.map((row, index) => (
        <div className="row" key={row.key}>
          <div className="grow">
            <TextField
              label={`Header ${index + 1} name`}
              value={row.name}
              onText={(name) => set(row.key, { name })}
            />
          </div>
          <div className="grow">
            <TextField
              label={`Header ${index + 1} value`}
              {...(props.isSecret === true
                ? { type: "password", autoComplete: "new-password" }
                : {})}
              value={row.value}
              onText={(value) => set(row.key, { value })}
            />
          </div>
          <Button
            onClick={() => onRows(rows.filter(({ key }) => key !== row.key))}
            aria-label={`Remove header ${index + 1}`}
          >
            Remove
          </Button>
        </div>
      ))}
      {props.wrong === null ? null : <span className="wrong">{props.wrong.detail}</span>}
      <div>
        <Button size="small" onClick={add}>
          Add header
        </Button>
      </div>
    </fieldset>
  );
}

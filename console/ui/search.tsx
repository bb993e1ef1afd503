import { useEffect, useState } from "react";
import { setParams, useParam } from "../router.tsx";
import { TextField } from "./field.tsx";

const WAIT_MS = 250;

/** A parameter of the URL as a field: the list follows when the typing rests. */
export function ParamField(props: { name: string; label: string; placeholder?: string }) {
  const [kept] = useParam(props.name);
  const [text, setText] = useState(kept);
  useEffect(() => setText(kept), [kept]);
  useEffect(() => {
    if (text === kept) return;
    const timer = setTimeout(() => setParams({ [props.name]: text, cursor: "" }), WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, kept, props.name]);
  return (
    <TextField
      label={props.label}
      value={text}
      onText={setText}
      type="search"
      {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
    />
  );
}

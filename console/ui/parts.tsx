import { type ButtonHTMLAttributes, type ReactNode, useEffect, useRef, useState } from "react";
import { Link } from "../router.tsx";

/** Small parts that every screen is made of. */

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  readonly look?: "plain" | "primary" | "danger";
  readonly size?: "normal" | "small";
};

export function Button({ look = "plain", size = "normal", className, ...rest }: ButtonProps) {
  const names = ["button", look === "plain" ? "" : look, size === "small" ? "small" : ""];
  return (
    <button type="button" {...rest} className={[...names, className].filter(Boolean).join(" ")} />
  );
}

export type Tone = "plain" | "good" | "warn" | "bad" | "info";

export function Badge({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** The heading of a screen, and what its document is called. */
export function PageHead(props: {
  readonly title: string;
  readonly about?: ReactNode;
  /** The list that it is one of. */
  readonly back?: { readonly to: string; readonly name: string };
  readonly children?: ReactNode;
}) {
  const { back } = props;
  useTitle(props.title);
  return (
    <div className="page-head">
      <div className="stack tight">
        {back === undefined ? null : (
          <Link className="back" to={back.to}>
            <span aria-hidden="true">←</span> {back.name}
          </Link>
        )}
        <h1>{props.title}</h1>
        {props.about === undefined ? null : <p>{props.about}</p>}
      </div>
      {props.children === undefined ? null : <div className="row middle">{props.children}</div>}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Trunkline`;
  }, [title]);
}

/** Copies a text and says so where the button is. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("failed");
    }
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState("idle"), 2_500);
  };
  const words = { idle: "Copy", copied: "Copied", failed: "Select by hand" } as const;
  return (
    <>
      <Button size="small" onClick={() => void copy()} aria-label={`${words[state]} ${label}`}>
        {words[state]}
      </Button>
      <span role="status" className="visually-hidden">
        {state === "idle" ? "" : words[state]}
      </span>
    </>
  );
}

export function CopyLine({ text, label }: { text: string; label: string }) {
  return (
    <span className="copy-line">
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Offers what there is as a file. */
export function saveFile(name: string, type: string, content: string | Blob): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

import { ApiProblem, titleOf } from "../model/problem.ts";
import { Button } from "./parts.tsx";

/** What went wrong, what would pass, and how to ask again. */
export function ProblemNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  if (error === null || error === undefined) return null;
  // A fault of the page itself has no words for a reader.
  const problem = error instanceof ApiProblem ? error : null;
  // A lost session has a dialog of its own, over what was typed.
  if (problem?.kind === "signed_out") return null;
  return (
    <div className="notice bad" role="alert">
      <strong>{problem === null ? "The console itself failed" : titleOf(problem)}</strong>
      <span>{problem === null ? "Load the page again." : problem.message}</span>
      {problem?.hint ? <span>What would pass: {problem.hint}</span> : null}
      {problem?.requestId ? (
        <span className="muted">
          Request <code>{problem.requestId}</code>: name it when you ask for help.
        </span>
      ) : null}
      {retry === undefined ? null : (
        <Button size="small" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p role="status" className="muted">
      Loading {what}…
    </p>
  );
}

/** What a list shows while it has nothing to show, or beside what it had before. */
export function QueryState(props: {
  readonly what: string;
  readonly query: {
    readonly error: unknown;
    readonly isPending: boolean;
    readonly refetch: () => Promise<unknown>;
  };
}) {
  const { query, what } = props;
  if (query.error !== null) {
    return <ProblemNotice error={query.error} retry={() => void query.refetch()} />;
  }
  return query.isPending ? <Loading what={what} /> : null;
}

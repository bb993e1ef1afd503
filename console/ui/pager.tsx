import { useState } from "react";
import { setParams, useParam } from "../router.tsx";
import { Button } from "./parts.tsx";

/** Goes through pages by cursor; the one that is shown stands in the URL, the way back in memory. */
export function usePager(): {
  readonly cursor: string;
  readonly bar: (next: string | null, count: number) => React.ReactNode;
} {
  const [cursor] = useParam("cursor");
  const [before, setBefore] = useState<readonly string[]>([]);
  const go = (to: string, way: readonly string[]): void => {
    setBefore(way);
    setParams({ cursor: to });
    document.getElementById("main")?.scrollIntoView();
  };
  return {
    cursor,
    bar(next, count) {
      if (cursor === "" && next === null) return null;
      return (
        <nav className="row middle" aria-label="Pages">
          <Button
            size="small"
            aria-disabled={cursor === ""}
            onClick={() =>
              cursor === "" ? undefined : go(before.at(-1) ?? "", before.slice(0, -1))
            }
          >
            Previous page
          </Button>
          <Button
            size="small"
            aria-disabled={next === null}
            onClick={() => (next === null ? undefined : go(next, [...before, cursor]))}
          >
            Next page
          </Button>
          <span className="muted">{count} shown</span>
        </nav>
      );
    },
  };
}

import { type RefObject, useEffect, useState } from "react";
import { clippedTo, type RowWindow, rowsInSight } from "../model/row-window.ts";

/** Rows that are in sight, of `count` that begin where `list` does; looked at once a frame, and told only when they are others. */
export function useRowWindow(
  list: RefObject<HTMLElement | null>,
  count: number,
  rowPx: number,
): RowWindow {
  const [seen, setSeen] = useState(() => rowsInSight({ topPx: 0, heightPx: innerHeight, rowPx }));
  useEffect(() => {
    let frame = 0;
    const look = (): void => {
      frame = 0;
      const topPx = list.current?.getBoundingClientRect().top ?? 0;
      const next = rowsInSight({ topPx, heightPx: innerHeight, rowPx });
      setSeen((last) => (last.from === next.from && last.to === next.to ? last : next));
    };
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    soon();
    addEventListener("scroll", soon, { passive: true });
    addEventListener("resize", soon, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", soon);
      removeEventListener("resize", soon);
    };
  }, [list, rowPx]);
  return clippedTo(seen, count);
}

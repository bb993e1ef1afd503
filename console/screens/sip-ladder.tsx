import { useMutation } from "@tanstack/react-query";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { type Ladder, type Rung, rungWords, withoutNoise } from "../model/ladder.ts";
import { ladderMermaid, ladderText } from "../model/ladder-export.ts";
import { layoutOf } from "../model/ladder-layout.ts";
import { visibleText } from "../model/words.ts";
import { conversations } from "../resources.ts";
import { CheckField } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { Button, CopyButton, Empty, saveFile } from "../ui/parts.tsx";
import { LadderDrawing } from "./ladder-drawing.tsx";

/**
 * The messages of a call. The list is what there is: each row is a button that shows its message, and says in words
 * what is drawn behind it; the drawing is for the eye alone.
 */
export function SipLadder(props: { readonly ladder: Ladder; readonly conversationId: string }) {
  const { conversationId: name, ladder } = props;
  const capture = useMutation({
    mutationFn: async () =>
      saveFile(`${name}.pcap`, "application/vnd.tcpdump.pcap", await conversations.pcap(name)),
  });
  const [isQuiet, setQuiet] = useState(false);
  const [chosen, setChosen] = useState(0);
  const list = useRef<HTMLOListElement>(null);
  const shown = useMemo(() => (isQuiet ? withoutNoise(ladder) : ladder), [ladder, isQuiet]);
  const layout = useMemo(() => layoutOf(shown), [shown]);
  if (ladder.rungs.length === 0) {
    return (
      <Empty title="No SIP messages are kept">
        <p>
          They come shortly after the call's end, and only where the number keeps them
          (store_sip_messages).
        </p>
      </Empty>
    );
  }
  const rung = shown.rungs.find(({ index }) => index === chosen) ?? shown.rungs[0];
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((button) => button.matches(":focus"));
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
  };
  return (
    <div className="stack">
      <div className="row middle">
        <CheckField label="Hide OPTIONS, 100 and ACK" checked={isQuiet} onChecked={setQuiet} />
        <Button
          size="small"
          onClick={() => saveFile(`${name}.txt`, "text/plain", ladderText(ladder))}
        >
          Save as text
        </Button>
        <Button
          size="small"
          onClick={() => saveFile(`${name}.mmd`, "text/plain", ladderMermaid(ladder))}
        >
          Save as Mermaid
        </Button>
        <Button
          size="small"
          aria-disabled={capture.isPending}
          onClick={() => (capture.isPending ? undefined : capture.mutate())}
        >
          Save for Wireshark
        </Button>
        <ProblemNotice error={capture.error} />
      </div>
      <div className="ladder-layout">
        <section className="ladder" aria-label="SIP messages">
          <LadderDrawing ladder={shown} layout={layout} />
          <ol ref={list} onKeyDown={move}>
            {layout.rungs.map((placed) => (
              <Row
                key={placed.rung.index}
                rung={placed.rung}
                words={rungWords(placed.rung, shown.lanes)}
                top={placed.top}
                height={layout.rowHeight}
                width={layout.width}
                isChosen={placed.rung.index === rung?.index}
                onChoose={setChosen}
              />
            ))}
          </ol>
        </section>
        {rung === undefined ? null : <RawMessage rung={rung} />}
      </div>
    </div>
  );
}

function Row(props: {
  readonly rung: Rung;
  readonly words: string;
  readonly top: number;
  readonly height: number;
  readonly width: number;
  readonly isChosen: boolean;
  readonly onChoose: (index: number) => void;
}) {
  const { rung, top, height, width } = props;
  const words = visibleText(props.words);
  return (
    <li style={{ top, height, minWidth: width }}>
      <button
        type="button"
        aria-label={words}
        aria-pressed={props.isChosen}
        onClick={() => props.onChoose(rung.index)}
        onFocus={() => props.onChoose(rung.index)}
      />
    </li>
  );
}

function RawMessage({ rung }: { rung: Rung }) {
  const text = visibleText(rung.text.replaceAll("\r\n", "\n"));
  return (
    <section className="stack tight" aria-label="Message">
      <div className="row middle">
        <h2>{visibleText(rung.label)}</h2>
        <CopyButton text={rung.text} label="the message" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard. */}
      <pre className="raw" dir="ltr" tabIndex={0}>
        {text}
      </pre>
      <span className="muted">
        Passwords, keys and pressed digits were left out when it was kept.
      </span>
    </section>
  );
}

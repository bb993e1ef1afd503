import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import type {
  ConversationQuality,
  QualitySeriesView,
} from "../../schema/contracts/call-quality.ts";
import { conversations } from "../resources.ts";
import { QueryState } from "../ui/notice.tsx";
import { Badge, Empty, type Tone } from "../ui/parts.tsx";
import { type Column, Table } from "../ui/table.tsx";

/** How well both sides were heard: in words, as a table, and over time. */
export function Quality({ id, isOver }: { id: string; isOver: boolean }) {
  const query = useQuery({
    queryKey: ["call", id, "quality", isOver],
    queryFn: ({ signal }) => conversations.quality(id, signal),
  });
  const quality = query.data;
  return (
    <>
      <QueryState query={query} what="the quality" />
      {quality === undefined ? null : quality.summary === null ? (
        <Empty title="Nothing is known of this call's quality">
          <p>It is measured every 5 s while media flows, and told at the call's end.</p>
        </Empty>
      ) : (
        <>
          <Summary summary={quality.summary} />
          {quality.series === null ? null : <Charts series={quality.series} />}
        </>
      )}
    </>
  );
}

type Summary = NonNullable<ConversationQuality["summary"]>;
interface Row {
  readonly name: string;
  readonly side: Summary["receive"];
}

function Summary({ summary }: { summary: Summary }) {
  const rows: readonly Row[] = [
    { name: "What the agent hears", side: summary.receive },
    { name: "What the phone hears", side: summary.send },
  ];
  return (
    <>
      <Table caption="Quality" columns={COLUMNS} rows={rows} keyOf={({ name }) => name} />
      <p className="muted">
        {summary.codec}, {summary.srtp_suite ?? "not encrypted"}.{" "}
        {summary.round_trip_ms === null
          ? "The other side sends no reports (RTCP), so the round trip is not known."
          : `Round trip ${summary.round_trip_ms.avg.toFixed(0)} ms on average.`}{" "}
        Scores are estimated (E-model).
      </p>
    </>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  { name: "Side", cell: ({ name }) => name },
  { name: "Score", cell: ({ side }) => <Score value={side.mos?.avg ?? null} /> },
  { name: "Jitter", isNumber: true, cell: ({ side }) => unit(side.jitter_ms?.avg, "ms") },
  { name: "Lost", isNumber: true, cell: ({ side }) => unit(side.loss_percent?.avg, "%") },
  { name: "Packets", isNumber: true, cell: ({ side }) => side.packets },
];

function unit(value: number | undefined, name: string): string {
  return value === undefined ? "Not known" : `${value.toFixed(1)} ${name}`;
}

function Score({ value }: { value: number | null }) {
  if (value === null) return <>Not known</>;
  const [word, tone]: readonly [string, Tone] =
    value >= 4 ? ["good", "good"] : value >= 3.6 ? ["fair", "warn"] : ["poor", "bad"];
  return (
    <Badge tone={tone}>
      {value.toFixed(1)} of 5, {word}
    </Badge>
  );
}

type Column2 = readonly (number | null)[];

function Charts({ series }: { series: QualitySeriesView }) {
  const { receive, send } = series;
  return (
    <>
      <Chart
        title="Score, 1 to 5"
        at={series.at_secs}
        lines={[receive.mos, send.mos]}
        range={[1, 5]}
      />
      <Chart
        title="Jitter in ms"
        at={series.at_secs}
        lines={[receive.jitter_ms, send.jitter_ms]}
        range={[0, 20]}
      />
      <Chart
        title="Lost packets in %"
        at={series.at_secs}
        lines={[receive.loss_percent, send.loss_percent]}
        range={[0, 5]}
      />
      <Chart
        title="Round trip in ms"
        at={series.at_secs}
        lines={[series.round_trip_ms]}
        names={["Round trip"]}
        range={[0, 100]}
      />
    </>
  );
}

const NAMES = ["The agent hears", "The phone hears"];

function Chart(props: {
  readonly title: string;
  readonly at: readonly number[];
  readonly lines: readonly Column2[];
  readonly names?: readonly string[];
  /** What is shown at least: a harmless value is not drawn as a peak. */
  readonly range: readonly [number, number];
}) {
  const { title, at, lines, names = NAMES, range } = props;
  const frame = useRef<HTMLDivElement>(null);
  const isEmpty = lines.every((line) => line.every((value) => value === null));
  useEffect(() => {
    const element = frame.current;
    if (element === null || isEmpty) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => {
      // light-dark() is resolved on an element's own colour alone.
      element.style.color = `var(${name})`;
      return getComputedStyle(element).color;
    };
    const colours = [colour("--accent"), colour("--good")];
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 } };
    element.style.color = "";
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 180,
        cursor: { sync: { key: "quality" } },
        scales: {
          x: { time: false, range: (_, _min, max) => [0, max] },
          y: { range: (_, _min, max) => [range[0], Math.max(range[1], max * 1.1)] },
        },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
          { ...axis, size: 48, space: 28 },
        ],
        series: [
          { label: "At", value: (_, value) => (value === null ? "" : `${value} s`) },
          ...lines.map((_, index) => ({
            label: names[index] ?? "",
            stroke: colours[index] ?? style.color,
            width: 2,
            points: { show: at.length < 30 },
          })),
        ],
      },
      [[...at], ...lines.map((line) => [...line])],
      element,
    );
    const fit = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: 180 }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      plot.destroy();
    };
  }, [at, lines, names, range, isEmpty]);
  if (isEmpty) return null;
  return (
    <figure className="card">
      <figcaption>{title}</figcaption>
      <div className="chart" ref={frame} />
    </figure>
  );
}

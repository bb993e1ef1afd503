import { memo, type ReactNode, type RefObject, useRef } from "react";
import { setParams, useParam } from "../router.tsx";
import { useRowWindow } from "./window.ts";

/** Tables: a caption for screen readers, and a frame that scrolls by keyboard where the screen is narrow. */

type Direction = "asc" | "desc";

/** How a list is sorted that nobody has sorted. */
interface Order {
  readonly by: string;
  readonly direction: Direction;
}

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** The API's name of the field that the list can be sorted by. */
  readonly sort?: string;
  /** What the first click asks for; absent: upwards. */
  readonly first?: Direction;
  readonly isNumber?: boolean;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Absent: in no order of its columns. */
  readonly order?: Order;
}

export function Table<Row>({ caption, columns, rows, keyOf, order }: TableProps<Row>) {
  return (
    <Frame caption={caption} columns={columns} order={order}>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            <Cells row={row} columns={columns} />
          </tr>
        ))}
      </tbody>
    </Frame>
  );
}

/** Of `.table-frame.moving tbody tr`. */
const ROW_PX = 44;

/**
 * For what changes many times a second: rows of one line and one height, and only those in sight, so that a frame costs
 * the same however long the list is.
 */
export function MovingTable<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  const table = useRef<HTMLTableElement>(null);
  // Its heading is lower than a row, and more than that is drawn to either side.
  const { from, to } = useRowWindow(table, rows.length, ROW_PX);
  return (
    <Frame caption={caption} columns={columns} moving={{ table, rowCount: rows.length + 1 }}>
      <Gap rows={from} columns={columns.length} />
      <tbody>
        {rows.slice(from, to).map((row, index) => (
          <tr key={keyOf(row)} aria-rowindex={from + index + 2}>
            <Cells row={row} columns={columns} />
          </tr>
        ))}
      </tbody>
      <Gap rows={rows.length - to} columns={columns.length} />
    </Frame>
  );
}

/** The room of rows that are not drawn. */
function Gap({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    <tbody aria-hidden="true" className="gap">
      <tr>
        <td colSpan={columns} style={{ height: rows * ROW_PX }} />
      </tr>
    </tbody>
  );
}

function Frame<Row>(props: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly order?: Order | undefined;
  /** When not all rows are drawn. */
  readonly moving?: {
    readonly table: RefObject<HTMLTableElement | null>;
    /** With the heading. */
    readonly rowCount: number;
  };
  readonly children: ReactNode;
}) {
  const { caption, columns, moving, order } = props;
  const className = moving === undefined ? "table-frame" : "table-frame moving";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
    <section className={className} aria-label={caption} tabIndex={0}>
      <table ref={moving?.table} aria-rowcount={moving?.rowCount}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.name} column={column} order={order} />
            ))}
          </tr>
        </thead>
        {props.children}
      </table>
    </section>
  );
}

/** Drawn anew for another row or other columns alone: a list may have a thousand. */
const Cells = memo(function Cells<Row>(props: {
  readonly row: Row;
  readonly columns: readonly Column<Row>[];
}) {
  const { columns, row } = props;
  return columns.map((column, index) =>
    index === 0 ? (
      <th scope="row" key={column.name}>
        {column.cell(row)}
      </th>
    ) : (
      <td className={column.isNumber === true ? "number" : undefined} key={column.name}>
        {column.cell(row)}
      </td>
    ),
  );
}) as <Row>(props: { row: Row; columns: readonly Column<Row>[] }) => ReactNode; // memo forgets Row

function Head<Row>({ column, order }: { column: Column<Row>; order: Order | undefined }) {
  const [by] = useParam("sort_by");
  const [direction] = useParam("sort_direction");
  const className = column.isNumber === true ? "number" : undefined;
  const { sort, first = "asc" } = column;
  if (sort === undefined) {
    return (
      <th scope="col" className={className}>
        {column.name}
      </th>
    );
  }
  const isSorted = (by || order?.by) === sort;
  const isDescending = (by === "" ? order?.direction : direction) === "desc";
  const turned = isDescending ? "asc" : "desc";
  const turn = (): void =>
    setParams({ sort_by: sort, sort_direction: isSorted ? turned : first, cursor: "" });
  return (
    <th
      scope="col"
      className={className}
      aria-sort={isSorted ? (isDescending ? "descending" : "ascending") : "none"}
    >
      <button type="button" onClick={turn}>
        {column.name} <span aria-hidden="true">{isSorted ? (isDescending ? "↓" : "↑") : "↕"}</span>
      </button>
    </th>
  );
}

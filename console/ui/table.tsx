import { memo, type ReactNode } from "react";
import { setParams, useParam } from "../router.tsx";

/** Tables: a caption for screen readers, and a frame that scrolls by keyboard where the screen is narrow. */

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** The API's name of the field that the list can be sorted by. */
  readonly sort?: string;
  readonly isNumber?: boolean;
}

export function Table<Row>(props: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}) {
  const { caption, columns, rows, keyOf } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
    <section className="table-frame" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.name} column={column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Cells key={keyOf(row)} row={row} columns={columns} />
          ))}
        </tbody>
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
  return (
    <tr>
      {columns.map((column, index) =>
        index === 0 ? (
          <th scope="row" key={column.name}>
            {column.cell(row)}
          </th>
        ) : (
          <td className={column.isNumber === true ? "number" : undefined} key={column.name}>
            {column.cell(row)}
          </td>
        ),
      )}
    </tr>
  );
}) as <Row>(props: { row: Row; columns: readonly Column<Row>[] }) => ReactNode; // memo forgets Row

function Head<Row>({ column }: { column: Column<Row> }) {
  const [by] = useParam("sort_by");
  const [direction] = useParam("sort_direction");
  const className = column.isNumber === true ? "number" : undefined;
  if (column.sort === undefined) {
    return (
      <th scope="col" className={className}>
        {column.name}
      </th>
    );
  }
  const isSorted = by === column.sort;
  const isDescending = isSorted && direction === "desc";
  const turn = (): void =>
    setParams({
      sort_by: column.sort ?? "",
      sort_direction: isSorted && !isDescending ? "desc" : "asc",
      cursor: "",
    });
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

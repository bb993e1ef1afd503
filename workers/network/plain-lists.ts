import { RANGE_SERVICES } from "../../schema/values/port-rules.ts";
import {
  blocksOf,
  type FeedDocument,
  type FeedFile,
  type FeedRange,
  familyOf,
  inUse,
  type ListFilter,
  regionsOf,
  textFile,
} from "./document.ts";

const FAMILIES = [4, 6] as const;

/** One block a line and nothing else: what firewalls of every make fetch. A list without a block is none. */
export function renderPlainLists(document: FeedDocument): FeedFile[] {
  const current = inUse(document);
  const lists = (folder: string, ranges: readonly FeedRange[], filter: ListFilter) => [
    ...FAMILIES.map((family) => ({
      path: `${folder}v${family}.txt`,
      lines: blocksOf(ranges, { ...filter, family }),
    })),
    { path: `${folder}all.txt`, lines: blocksOf(ranges, filter) },
  ];
  const files = [
    ...lists("/network/", current, {}),
    // What to allow today, so that what is announced needs no second change.
    ...(current.length === 0 && document.ranges.length === 0
      ? []
      : lists("/network/next/", document.ranges, {})),
    ...FAMILIES.map((family) => ({
      path: `/network/v${family}-annotated.txt`,
      lines: current.filter((range) => familyOf(range) === family).map(annotated),
    })),
    ...regionsOf(current).flatMap((region) => [
      ...lists(`/network/${region}/`, current, { region }),
      ...RANGE_SERVICES.flatMap((service) =>
        FAMILIES.map((family) => ({
          path: `/network/${region}/${service}-v${family}.txt`,
          lines: blocksOf(current, { region, service, family }),
        })),
      ),
    ]),
  ];
  return files
    .filter(({ lines }) => lines.length > 0)
    .map(({ path, lines }) => textFile(path, lines));
}

function annotated(range: FeedRange): string {
  return `${range.prefix} ${range.region} ${range.services.join(",")}`;
}

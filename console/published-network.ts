import { useQuery } from "@tanstack/react-query";
import { ApiProblem } from "./model/problem.ts";
import { network } from "./resources.ts";

/** The published addresses, read once for all that show them. */
export function usePublishedNetwork() {
  const query = useQuery({ queryKey: ["network"], queryFn: ({ signal }) => network.read(signal) });
  // As under `npm start`: no fault, there are none.
  const isUnpublished = query.error instanceof ApiProblem && query.error.code === "no_ranges";
  return { query, isUnpublished };
}

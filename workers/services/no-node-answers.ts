import { TrunklineError } from "../errors/trunkline-error.ts";

/** No node of the region is ready, or the one that was asked has not answered. */
export class NoNodeAnswers extends TrunklineError {
  readonly code = "no_node_answers";
  readonly publicMessage = "No media node of the region answers at the moment.";
  readonly hint = "Try again when a node of the region is linked and ready.";
  readonly retryAfterSecs = 5;
}

/** A fault with two messages: `message` for operators, `publicMessage` for customers; no secret in either. */
export abstract class TrunklineError extends Error {
  abstract readonly code: string;
  abstract readonly publicMessage: string;
}

/** The database, its writer or an object did not take the request in time; the caller may try again. */
export class ServiceUnavailable extends TrunklineError {
  readonly code = "unavailable";
  readonly publicMessage = "The service cannot answer at the moment. Try again shortly.";
  readonly retryAfterSecs: number;

  constructor(message: string, retryAfterSecs: number, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServiceUnavailable";
    this.retryAfterSecs = retryAfterSecs;
  }
}

/** What `If-Match` named was changed between the look at it and the write: nothing is written. */
export class ChangedSinceRead extends TrunklineError {
  readonly code = "precondition_failed";
  readonly publicMessage = "The resource is not as `If-Match` says.";
}

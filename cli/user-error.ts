/** What the user can mend: its message is the one sentence that is printed, and the exit status is 1. */
export class UserError extends Error {
  readonly code = "user_error";
}

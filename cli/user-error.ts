import { EXIT } from "./exit-status.ts";

/** What the user can mend: its message is the one sentence that is printed. */
export class UserError extends Error {
  readonly code: string = "user_error";
  readonly exitStatus: number = EXIT.error;
}

/** The command line itself is wrong, in a way that its grammar does not tell. */
export class UsageError extends UserError {
  override readonly code = "usage";
  override readonly exitStatus = EXIT.usage;
}

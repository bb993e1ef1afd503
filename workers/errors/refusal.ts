import type { SplitAddress } from "../../schema/values/sip-address.ts";
import type { ProblemCode } from "./catalogue.ts";
import { TrunklineError } from "./trunkline-error.ts";

/** One place of a request that is wrong. */
export interface RefusedField {
  /** Absent: the body. */
  readonly location?: "query" | "path" | "header";
  /** RFC 6901 pointer into it, e.g. `/outbound_trunk_config/address`; "" is the whole. */
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
  /** A value that would pass. */
  readonly hint?: string;
  /** Of an address that holds more than a host: the members that it belongs in. */
  readonly split?: SplitAddress;
}

export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 410
  | 412
  | 413
  | 415
  | 416
  | 422
  | 426
  | 429;

/** Why a correct client is not given what it asked for; a service returns it, onError renders it. */
export interface Refusal {
  readonly status: RefusalStatus;
  /** Stable machine key. */
  readonly code: ProblemCode;
  readonly detail: string;
  readonly hint?: string;
  /** Names of the policies that a 429 is about. */
  readonly violatedPolicies?: readonly string[];
  readonly errors?: readonly RefusedField[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a service answers. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

export function succeed<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}

/** What may not be read and what does not exist answer alike. */
export function notFound(detail: string): { readonly ok: false; readonly refusal: Refusal } {
  return refuse({ status: 404, code: "not_found", detail });
}

/** A body of another media type, or of none that its route reads. */
export const NOT_JSON: Refusal = {
  status: 415,
  code: "unsupported_media_type",
  detail: "The body is not declared as JSON.",
  hint: "content-type: application/json",
};

/** A body that is no table, where one is taken. */
export const NOT_CSV: Refusal = {
  status: 415,
  code: "unsupported_media_type",
  detail: "The body is not declared as a table.",
  hint: "content-type: text/csv",
};

/** Carries a refusal from a handler to onError; thrown at the HTTP edge only. */
export class RequestRefused extends TrunklineError {
  readonly code: string;
  readonly publicMessage: string;
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`${refusal.status} ${refusal.code}`);
    this.name = "RequestRefused";
    this.code = refusal.code;
    this.publicMessage = refusal.detail;
    this.refusal = refusal;
  }
}

/**
 * The value of an outcome, for a handler to serialise.
 * @throws RequestRefused, which onError renders in the shape of the path
 */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new RequestRefused(outcome.refusal);
  return outcome.value;
}

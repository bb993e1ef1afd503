import type { z } from "zod";
import type { problemSchema } from "../../schema/contracts/errors.ts";
import { PROBLEMS, problemType } from "./catalogue.ts";
import type { Refusal, RefusalStatus } from "./refusal.ts";

/** The two shapes of an error answer. Which one a path has, is decided here and nowhere else. */
function isVendorPath(path: string): boolean {
  return /^\/v1\/(convai|workspace)(\/|$)/.test(path);
}

/** A refusal, or a fault reduced to what a customer may see. */
export type ErrorAnswer = Omit<Refusal, "status"> & {
  readonly status: RefusalStatus | 500 | 503;
};

/** `url` is the request's: its path decides the shape, its origin is where the catalogue is. */
export function renderError(answer: ErrorAnswer, url: string, requestId: string): Response {
  const { origin, pathname: path } = new URL(url);
  const isVendor = isVendorPath(path);
  const body = isVendor ? vendorBody(answer) : problemBody(answer, origin, path, requestId);
  return new Response(JSON.stringify(body), {
    status: answer.status,
    headers: {
      ...answer.headers,
      "content-type": isVendor ? "application/json" : "application/problem+json",
      "request-id": requestId,
    },
  });
}

/** What the vendor's SDKs parse: a list for 422, else an object with a status word. */
function vendorBody(answer: ErrorAnswer): unknown {
  if (answer.status === 422) {
    const fields = answer.errors ?? [{ pointer: "", code: answer.code, detail: answer.detail }];
    return {
      detail: fields.map((field) => ({
        loc: [field.location ?? "body", ...pointerSegments(field.pointer)],
        msg: withHint(field.detail, field.hint),
        type: field.code,
        ...(field.hint === undefined ? {} : { hint: field.hint }),
        ...(field.split === undefined ? {} : { split: field.split }),
      })),
    };
  }
  return { detail: { status: answer.code, message: withHint(answer.detail, answer.hint) } };
}

/** RFC 9457 §3. */
export function problemBody(
  answer: ErrorAnswer,
  origin: string,
  path: string,
  requestId: string,
): z.infer<typeof problemSchema> {
  return {
    type: problemType(answer.code, origin),
    title: PROBLEMS[answer.code].title,
    status: answer.status,
    code: answer.code,
    detail: answer.detail,
    instance: path,
    request_id: requestId,
    ...(answer.hint === undefined ? {} : { hint: answer.hint }),
    ...(answer.errors === undefined ? {} : { errors: answer.errors.map((one) => ({ ...one })) }),
    ...(answer.violatedPolicies === undefined
      ? {}
      : { "violated-policies": [...answer.violatedPolicies] }),
  };
}

function withHint(detail: string, hint: string | undefined): string {
  return hint === undefined ? detail : `${detail} Try \`${hint}\`.`;
}

/** RFC 6901 §4; array positions become numbers, as the vendor writes them. */
function pointerSegments(pointer: string): (string | number)[] {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment));
}

/** RFC 6901 §3. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((segment) => `/${String(segment).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

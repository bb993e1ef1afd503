import { z } from "zod";
import { echoReportSchema, echoTokenSchema } from "../../schema/contracts/echo-report.ts";
import { problemSchema } from "../../schema/contracts/errors.ts";
import type { App } from "../app-type.ts";

/** Routes that are read by browsers and firewalls as well, and so are not made by `app.openapi`. */

const text = (description: string, type: string) =>
  ({ description, content: { [type]: { schema: z.string() } } }) as const;
const problem = (description: string) =>
  ({ description, content: { "application/problem+json": { schema: problemSchema } } }) as const;
const bytes = z.string().meta({ format: "binary" });

/** Puts them into the document: each is open to anybody. */
export function describePlainRoutes(app: App): void {
  const open = (
    operationId: string,
    tag: string,
    route: Omit<Parameters<typeof app.openAPIRegistry.registerPath>[0], "method">,
  ): void => {
    app.openAPIRegistry.registerPath({
      method: "get",
      operationId,
      tags: [tag],
      security: [],
      ...route,
    });
  };
  const unpublished = { 503: problem("This deployment has published no static addresses.") };
  const file = {
    200: {
      description: "The file; `ETag` and `Last-Modified` are honoured.",
      content: {
        "application/json": { schema: z.unknown() },
        "text/plain": { schema: z.string() },
        "text/csv": { schema: z.string() },
        "application/atom+xml": { schema: z.string() },
        "application/jose": { schema: z.string() },
        "application/x-pem-file": { schema: z.string() },
      },
    },
    304: { description: "The one that you have is the newest." },
    404: problem("The published block has no such file."),
    ...unpublished,
  };

  open("getNetworkPage", "network", {
    path: "/network",
    summary: "The published static addresses, as a page",
    responses: {
      200: text("The page.", "text/html"),
      304: { description: "The one that you have is the newest." },
      503: text("No static addresses are published.", "text/html"),
    },
  });
  open("getNetworkFile", "network", {
    path: "/network/{file}",
    summary: "The published static addresses, in one of many formats",
    description: "The page at `/network` names the files; some have a folder in their name.",
    request: {
      params: z.object({ file: z.string() }),
      query: z.object({
        /** Of `changes`: those after this version. */
        since: z
          .string()
          .regex(/^\d{1,15}$/)
          .optional(),
      }),
    },
    responses: file,
  });
  open("getSignatureKeys", "network", {
    path: "/.well-known/jwks.json",
    summary: "Keys that the published addresses are signed with (RFC 7517)",
    responses: {
      ...file,
      200: {
        description: "The keys.",
        content: {
          "application/jwk-set+json": {
            schema: z.looseObject({ keys: z.array(z.looseObject({})) }),
          },
        },
      },
      404: problem("Nothing is signed."),
    },
  });
  open("findAddressRanges", "network", {
    path: "/.well-known/ip-ranges.json",
    summary: "Leads to `/network/ip-ranges.json`",
    responses: { 302: { description: "To the list." } },
  });
  open("getEchoReport", "network", {
    path: "/v1/network/echo-reports/{token}",
    summary: "What a call to `sip:echo@` has shown of the way to us",
    description:
      "Needs no key: the token is in the `Call-Info` header of the call's 200. Kept for an hour after the call.",
    request: { params: z.object({ token: echoTokenSchema }) },
    responses: {
      200: {
        description: "The report.",
        content: { "application/json": { schema: echoReportSchema } },
      },
      404: problem("No report, or it is too old."),
    },
  });
  open("downloadRecording", "conversations", {
    path: "/v1/recordings/{conversation_id}",
    summary: "A recording, by the address that `getConversationRecording` gives",
    description: "Good for five minutes, for whoever has the address.",
    request: {
      params: z.object({ conversation_id: z.string() }),
      query: z.object({
        workspace_id: z.string().optional(),
        expires: z.string().optional(),
        signature: z.string().optional(),
      }),
    },
    responses: {
      200: {
        description: "The recording, left the caller and right the agent.",
        content: { "audio/mpeg": { schema: bytes }, "audio/wav": { schema: bytes } },
      },
      403: problem("The address is not one of ours, or its time is over."),
      404: problem("The recording is gone."),
    },
  });
  open("listErrors", "documentation", {
    path: "/errors.json",
    summary: "Every code of an error, with what to do about it",
    responses: {
      200: {
        description: "The catalogue.",
        content: {
          "application/json": {
            schema: z.object({ errors: z.array(z.looseObject({ code: z.string() })) }),
          },
        },
      },
    },
  });
  open("getErrorPage", "documentation", {
    path: "/errors",
    summary: "The same, as a page",
    responses: { 200: text("The page.", "text/html") },
  });
  open("getOpenApi", "documentation", {
    path: "/openapi.json",
    summary: "This document",
    responses: {
      200: {
        description: "OpenAPI 3.1.",
        content: { "application/json": { schema: z.looseObject({}) } },
      },
    },
  });
  open("getDocumentation", "documentation", {
    path: "/docs",
    summary: "This document, as a page",
    responses: { 200: text("The page.", "text/html") },
  });
}

import { createRoute, z } from "@hono/zod-openapi";
import {
  sipMessagePageSchema,
  sipMessageQuerySchema,
} from "../../schema/contracts/sip-messages.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import {
  pageConversationMessages,
  pageNumberMessages,
  readPcap,
} from "../services/sip-message-logs.ts";
import {
  cursorError,
  json,
  keyErrors,
  notFoundError,
  ownKeyErrors,
  ownNotFoundError,
} from "./responses.ts";

const responses = {
  200: json(sipMessagePageSchema, "The newest call first, each call's messages in their order."),
  ...keyErrors,
  ...notFoundError,
  ...cursorError,
} as const;

const ofConversation = createRoute({
  method: "get",
  path: "/v1/convai/conversations/{conversation_id}/sip-messages",
  operationId: "listConversationSipMessages",
  tags: ["conversations"],
  request: { params: z.object({ conversation_id: z.string() }), query: sipMessageQuerySchema },
  responses,
});

const ofNumber = createRoute({
  method: "get",
  path: "/v1/convai/phone-numbers/{phone_number_id}/sip-messages",
  operationId: "listPhoneNumberSipMessages",
  tags: ["phone numbers"],
  request: { params: z.object({ phone_number_id: z.string() }), query: sipMessageQuerySchema },
  responses,
});

const pcap = createRoute({
  method: "get",
  path: "/v1/conversations/{conversation_id}/pcap",
  operationId: "getConversationPcap",
  tags: ["conversations"],
  request: { params: z.object({ conversation_id: z.string() }) },
  responses: {
    200: {
      description:
        "The call's SIP messages as a capture file, in UDP datagrams that are made up around them. Credentials, keys and pressed digits were left out when they were kept.",
      content: {
        "application/vnd.tcpdump.pcap": { schema: z.string().openapi({ format: "binary" }) },
      },
    },
    ...ownKeyErrors,
    ...ownNotFoundError,
  },
});

/** Kept for numbers with `store_sip_messages`, for thirty days. */
export function registerSipMessageRoutes(app: App, deps: AppDeps): void {
  app.openapi(ofConversation, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    const query = c.req.valid("query");
    return c.json(unwrap(await pageConversationMessages(deps, c.get("principal"), id, query)), 200);
  });

  app.openapi(pcap, async (c) => {
    const { conversation_id: id } = c.req.valid("param");
    const { bytes, name } = unwrap(await readPcap(deps, c.get("principal"), id));
    return c.body(bytes, 200, {
      "content-type": "application/vnd.tcpdump.pcap",
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
    });
  });

  app.openapi(ofNumber, async (c) => {
    const { phone_number_id: id } = c.req.valid("param");
    const query = c.req.valid("query");
    return c.json(unwrap(await pageNumberMessages(deps, c.get("principal"), id, query)), 200);
  });
}

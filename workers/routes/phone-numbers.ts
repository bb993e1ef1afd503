import { createRoute } from "@hono/zod-openapi";
import { z } from "zod";
import {
  createPhoneNumberSchema,
  listPhoneNumbersQuerySchema,
  phoneNumberChangedSchema,
  phoneNumberCreatedSchema,
  phoneNumberPageQuerySchema,
  phoneNumberPageSchema,
  phoneNumberViewSchema,
  routingRevisionSchema,
  updatePhoneNumberSchema,
} from "../../schema/contracts/phone-number.ts";
import type { App, AppDeps } from "../app-type.ts";
import { unwrap } from "../errors/refusal.ts";
import { answerText } from "../requests/answer.ts";
import { changePhoneNumber } from "../services/change-phone-number.ts";
import { removePhoneNumber } from "../services/delete-phone-number.ts";
import { importPhoneNumber } from "../services/import-phone-number.ts";
import {
  listPhoneNumbers,
  pagePhoneNumbers,
  readPhoneNumber,
} from "../services/read-phone-numbers.ts";
import { answerOnce, createdOnce, idempotencyRequest } from "./idempotency.ts";
import {
  bodyErrors,
  conflictError,
  cursorError,
  json,
  keyErrors,
  notFoundError,
} from "./responses.ts";

const tags = ["phone numbers"];
const path = "/v1/convai/phone-numbers";
const params = z.object({ phone_number_id: z.string() });
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { "application/json": { schema } } }) as const;

const createNumber = createRoute({
  method: "post",
  path,
  operationId: "createPhoneNumber",
  tags,
  request: { ...idempotencyRequest, body: body(createPhoneNumberSchema) },
  responses: {
    200: createdOnce(phoneNumberCreatedSchema, "Imported."),
    ...keyErrors,
    ...bodyErrors,
    ...conflictError,
  },
});

const listNumbers = createRoute({
  method: "get",
  path,
  operationId: "listPhoneNumbers",
  tags,
  request: { query: listPhoneNumbersQuerySchema },
  responses: { 200: json(z.array(phoneNumberViewSchema), "All numbers."), ...keyErrors },
});

const pageNumbers = createRoute({
  method: "get",
  path: "/v1/convai/v2/phone-numbers",
  operationId: "pagePhoneNumbers",
  tags,
  request: { query: phoneNumberPageQuerySchema },
  responses: { 200: json(phoneNumberPageSchema, "One page."), ...keyErrors, ...cursorError },
});

const getNumber = createRoute({
  method: "get",
  path: `${path}/{phone_number_id}`,
  operationId: "getPhoneNumber",
  tags,
  request: { params },
  responses: { 200: json(phoneNumberViewSchema, "The number."), ...keyErrors, ...notFoundError },
});

const updateNumber = createRoute({
  method: "patch",
  path: `${path}/{phone_number_id}`,
  operationId: "updatePhoneNumber",
  tags,
  request: { params, body: body(updatePhoneNumberSchema) },
  responses: {
    200: json(phoneNumberChangedSchema, "The number as it stands now."),
    ...keyErrors,
    ...bodyErrors,
    ...notFoundError,
    ...conflictError,
  },
});

const deleteNumber = createRoute({
  method: "delete",
  path: `${path}/{phone_number_id}`,
  operationId: "deletePhoneNumber",
  tags,
  request: { params },
  responses: { 200: json(routingRevisionSchema, "Deleted."), ...keyErrors, ...notFoundError },
});

export function registerPhoneNumberRoutes(app: App, deps: AppDeps): void {
  app.openapi(createNumber, async (c) => {
    const principal = c.get("principal");
    const { "idempotency-key": key } = c.req.valid("header");
    const value = await answerOnce(deps, c, key, phoneNumberCreatedSchema, (keep) =>
      importPhoneNumber(deps, principal, c.req.valid("json"), keep),
    );
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });

  app.openapi(listNumbers, async (c) =>
    answerText(c, await listPhoneNumbers(deps, c.get("principal"), c.req.valid("query"))),
  );

  app.openapi(pageNumbers, async (c) =>
    answerText(c, unwrap(await pagePhoneNumbers(deps, c.get("principal"), c.req.valid("query")))),
  );

  app.openapi(getNumber, async (c) => {
    const { phone_number_id: id } = c.req.valid("param");
    return answerText(c, unwrap(await readPhoneNumber(deps, c.get("principal"), id)));
  });

  app.openapi(updateNumber, async (c) => {
    const principal = c.get("principal");
    const { phone_number_id: id } = c.req.valid("param");
    const tell = () => c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    const changed = await changePhoneNumber(deps, principal, id, c.req.valid("json"), tell);
    return c.json(unwrap(changed), 200);
  });

  app.openapi(deleteNumber, async (c) => {
    const principal = c.get("principal");
    const { phone_number_id: id } = c.req.valid("param");
    const value = unwrap(await removePhoneNumber(deps, principal, id));
    c.executionCtx.waitUntil(deps.notifyRouting(principal.region));
    return c.json(value, 200);
  });
}

import { z } from "zod";
import type { App } from "../app-type.ts";
import {
  completeOperation,
  headerComponents,
  operationSchema,
  pathItemSchema,
  responseComponents,
} from "./complete-operations.ts";
import { describeKeyed, tagHeaderComponents } from "./keyed-operations.ts";
import { describePlainRoutes } from "./plain-routes.ts";
import { markNamedSchemas, moveNamedSchemas } from "./schema-names.ts";

/** Tags of the document, in the order in which pages show them. */
const TAGS = {
  "phone numbers": "Numbers that a workspace owns, with the trunks that they are reached by.",
  agents: "Who answers, and how the media node reaches them.",
  calls: "Calls that are placed, and calls that are up.",
  "batch calls": "Many calls to a list of recipients.",
  conversations: "What became of calls: outcome, transcript, SIP messages, quality, recording.",
  webhooks: "Endpoints that are told what happens, in the vendor's paths.",
  "webhook endpoints": "Endpoints that are told what happens, with their events and signatures.",
  events: "What has happened, to be fetched where it was not posted.",
  "webhook deliveries": "What was posted to them, and posting it again.",
  settings: "What holds for the whole workspace.",
  workspaces: "The workspace that the key belongs to.",
  "API keys": "Who may do what, from where and until when.",
  "audit log": "Who has changed what, in a chain of hashes.",
  usage: "What was used, and which limits there are.",
  "route tests": "What a call would do, without placing it.",
  "trunk tests": "What stands between a node and a trunk, found out stage by stage.",
  "rejected attempts": "Calls that were refused, and why.",
  nodes: "Media nodes and their regions.",
  network: "The static addresses that firewalls allow.",
  admin: "What the operator sets up, with the operator token.",
  documentation: "The description of this API.",
} as const satisfies Record<string, string>;

const componentsSchema = z.looseObject({
  schemas: z.record(z.string(), z.unknown()).default({}),
});

const documentSchema = z.looseObject({
  paths: z.record(z.string(), pathItemSchema),
  webhooks: z.record(z.string(), z.looseObject({ post: operationSchema })),
  components: componentsSchema,
  tags: z.array(z.object({ name: z.string(), description: z.string().optional() })),
});
export type ApiDocument = z.infer<typeof documentSchema>;

/** To be called once, when every route is registered and before the document is asked for. */
export function registerDocument(app: App): void {
  markNamedSchemas();
  describePlainRoutes(app);
  const registry = app.openAPIRegistry;
  registry.registerComponent("securitySchemes", "apiKey", {
    type: "apiKey",
    in: "header",
    name: "xi-api-key",
    description: "A workspace's API key.",
  });
  registry.registerComponent("securitySchemes", "bearerApiKey", {
    type: "http",
    scheme: "bearer",
    description: "The same key as `Authorization: Bearer`.",
  });
}

/**
 * The OpenAPI 3.1 document of everything that is registered, but for what nodes alone may ask.
 * @throws Error when two schemas share a name, or an operation has neither tag nor name
 */
export function describeApi(app: App): ApiDocument {
  const generated = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Trunkline",
      version: "1",
      description: "Connects phone numbers that companies already own to AI voice agents.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ apiKey: [] }, { bearerApiKey: [] }],
  });
  const json = z.record(z.string(), z.unknown()).parse(JSON.parse(JSON.stringify(generated)));
  const schemas: Record<string, unknown> = {};
  moveNamedSchemas(json, schemas);
  const document = documentSchema.parse({ tags: [], ...json });
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const operations = Object.entries(item).map(([method, operation]) => [
      method,
      completeOperation(path, describeKeyed(method, path, operation)),
    ]);
    return [path, Object.fromEntries(operations)];
  });
  const used = Object.values(document.paths).flatMap((item) =>
    Object.values(item).flatMap(({ tags }) => tags),
  );
  return {
    ...document,
    tags: tagsOf(used),
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      schemas: sorted({ ...document.components.schemas, ...schemas }),
      responses: responseComponents(),
      headers: { ...headerComponents, ...tagHeaderComponents },
    },
  };
}

/** Those that are described, in their order, and behind them whichever others are used. */
function tagsOf(used: readonly string[]): ApiDocument["tags"] {
  const others = [...new Set(used)].filter((name) => !Object.hasOwn(TAGS, name)).sort();
  return [
    ...Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    ...others.map((name) => ({ name })),
  ];
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

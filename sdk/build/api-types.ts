import openapiTypescript, { astToString } from "openapi-typescript";
import { z } from "zod";

/** The SDK's types of the API, made from its OpenAPI document. */

const HEADER = `// Made by \`npm run openapi\` from openapi.json.

`;

const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.object({
      post: z
        .object({
          parameters: z.array(z.object({ in: z.string(), name: z.string() })).optional(),
        })
        .optional(),
    }),
  ),
});

/** @throws when the document is not valid OpenAPI: its parser is the check that is not ours */
export async function writeApiTypes(document: string): Promise<string> {
  const json: unknown = JSON.parse(document);
  const nodes = await openapiTypescript(document, { defaultNonNullable: false });
  const keyed = Object.entries(documentSchema.parse(json).paths)
    .filter(([, { post }]) =>
      post?.parameters?.some(
        ({ in: place, name }) => place === "header" && name === "idempotency-key",
      ),
    )
    .map(([path]) => `  ${JSON.stringify(path)},\n`);
  return `${HEADER}${astToString(nodes)}
/** Paths whose POST makes one thing for one \`Idempotency-Key\`: sent twice, it is done once. */
export const KEYED_POSTS: ReadonlySet<string> = new Set([
${keyed.join("")}]);
`;
}

import { html, raw } from "hono/html";
import { z } from "zod";
import { STYLE } from "../network/page-style.ts";
import type { Operation } from "./complete-operations.ts";
import type { ApiDocument } from "./document.ts";
import { scopeOf } from "./keyed-operations.ts";
import { schemaRows } from "./schema-rows.ts";

/** The document as one page that needs nothing else: no script, no font, no other host. */

type Html = ReturnType<typeof html>;

interface Entry {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

export interface Page {
  readonly text: string;
  readonly contentSecurityPolicy: string;
}

const PAGE_STYLE = `${STYLE}
code.method { display: inline-block; min-width: 4.5rem; font-weight: 600; text-transform: uppercase; }
td:first-child { white-space: nowrap; }
`;

const referenceSchema = z.object({ $ref: z.string() });

export async function renderDocsPage(document: ApiDocument): Promise<Page> {
  const entries = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = document.tags
    .map((tag) => ({
      ...tag,
      entries: entries.filter((one) => one.operation.tags[0] === tag.name),
    }))
    .filter((section) => section.entries.length > 0);
  const text = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trunkline API</title>
<style>${raw(PAGE_STYLE)}</style>
</head>
<body>
<main>
<h1>Trunkline API</h1>
<p>As data: <a href="/openapi.json"><code>/openapi.json</code></a> (OpenAPI 3.1). Every request carries an API key in
<code>xi-api-key</code> or as <code>Authorization: Bearer</code>, but for those that are marked as open. Every answer has a
<code>Request-Id</code>. Errors below <code>/v1/convai</code> and <code>/v1/workspace</code> have the vendor's shape, all others are
<code>application/problem+json</code> (RFC 9457).</p>
<nav aria-label="On this page"><ul>
${sections.map(({ name }) => html`<li><a href="#${anchorOf(name)}">${name}</a></li>`)}
<li><a href="#events">events</a></li>
<li><a href="#schemas">schemas</a></li>
</ul></nav>
${sections.map(
  (section) => html`<section id="${anchorOf(section.name)}"><h2>${section.name}</h2>
<p>${section.description ?? ""}</p>
${section.entries.map((entry) => operationPart(entry))}
</section>
`,
)}
<section id="events"><h2>events</h2>
<p>Posted to webhook endpoints.</p>
${Object.entries(document.webhooks).map(([name, { post }]) =>
  operationPart({ path: name, method: "post", operation: post }),
)}
</section>
<section id="schemas"><h2>schemas</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<details id="schema-${name}"><summary><code>${name}</code></summary>
${schemaTable(schema)}
</details>
`,
)}
</section>
</main>
</body>
</html>
`;
  return { text: text.toString(), contentSecurityPolicy: await policyOf(PAGE_STYLE) };
}

function operationPart({ path, method, operation }: Entry): Html {
  const { operationId, summary, description, parameters = [], requestBody } = operation;
  return html`<details id="${operationId}">
<summary><code class="method">${method}</code> <code>${path}</code> ${summary ?? ""}</summary>
<p>${description ?? ""} ${rightsOf(operation)} Operation <code>${operationId}</code>.</p>
${parameters.length === 0 ? "" : parameterTable(parameters)}
${Object.entries(requestBody?.content ?? {}).map(
  ([type, { schema }]) => html`<h3>Body: <code>${type}</code></h3>
${schemaTable(schema)}`,
)}
<h3>Answers</h3>
<table><thead><tr><th scope="col">Status</th><th scope="col">Means</th></tr></thead>
<tbody>${Object.entries(operation.responses).map(([status, response]) => responseRow(status, response))}</tbody></table>
</details>
`;
}

function rightsOf(operation: Operation): string {
  if (operation.security?.length === 0) return "Open to anybody.";
  const scope = scopeOf(operation);
  return scope === null ? "" : `Needs the scope ${scope}.`;
}

function responseRow(status: string, response: Operation["responses"][string]): Html {
  if ("$ref" in response) {
    return html`<tr><td>${status}</td><td>${nameOf(String(response.$ref))}</td></tr>`;
  }
  const content = z.record(z.string(), z.looseObject({ schema: z.unknown() }));
  const bodies = Object.entries(content.catch({}).parse(response.content));
  const isError = Number(status) >= 400;
  return html`<tr><td>${status}</td><td>${response.description}
${isError ? "" : bodies.map(([type, { schema }]) => html`<p><code>${type}</code></p>${schemaTable(schema)}`)}</td></tr>`;
}

function parameterTable(parameters: NonNullable<Operation["parameters"]>): Html {
  return html`<h3>Parameters</h3>
<table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Form</th></tr></thead>
<tbody>${parameters.map(
    (one) =>
      html`<tr><td><code>${one.name}</code>${one.required === true ? " (required)" : ""}</td><td>${one.in}</td><td>${
        schemaRows(one.schema)[0]?.form ?? ""
      }</td></tr>`,
  )}</tbody></table>`;
}

function schemaTable(schema: unknown): Html {
  const reference = referenceSchema.safeParse(schema);
  if (reference.success) {
    const name = nameOf(reference.data.$ref);
    return html`<p><a href="#schema-${name}"><code>${name}</code></a></p>`;
  }
  const [whole, ...members] = schemaRows(schema);
  if (members.length === 0) return html`<p>${whole?.form ?? ""}</p>`;
  return html`<table><thead><tr><th scope="col">Field</th><th scope="col">Form</th></tr></thead>
<tbody>${members.map(
    (row) =>
      html`<tr><td><code>${row.path}</code>${row.isRequired ? " (required)" : ""}</td><td>${row.form}</td></tr>`,
  )}</tbody></table>`;
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

function anchorOf(tag: string): string {
  return tag.replaceAll(/[^a-z0-9]+/gi, "-");
}

/** Nothing may be loaded, run, framed or sent; the one style is known by its hash (CSP Level 3 §2.3.1). */
async function policyOf(style: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

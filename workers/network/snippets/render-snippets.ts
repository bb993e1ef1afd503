import { type FeedDocument, type FeedFile, textFile } from "../document.ts";
import { ciscoSnippets, firewallSnippets } from "./firewalls.ts";
import { linuxSnippets } from "./linux.ts";
import { pbxSnippets } from "./pbx.ts";
import { type Snippet, snippetInput } from "./snippet.ts";
import { terraformSnippets } from "./terraform.ts";

/** Every vendor's, in the order of the page. */
export function allSnippets(document: FeedDocument): Snippet[] {
  if (document.ranges.length === 0) return [];
  const input = snippetInput(document);
  return [
    ...firewallSnippets(input),
    ...ciscoSnippets(input),
    ...linuxSnippets(input),
    ...pbxSnippets(input),
    ...terraformSnippets(input),
  ];
}

export function snippetPath(vendor: string): string {
  return `/network/snippets/${vendor}`;
}

export function renderSnippets(document: FeedDocument): FeedFile[] {
  return allSnippets(document).map(({ vendor, lines }) => textFile(snippetPath(vendor), lines));
}

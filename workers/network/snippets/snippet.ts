import type { Cidr } from "../../../schema/values/cidr.ts";
import { SIP_PORT, SIPS_PORT } from "../../../schema/values/port-rules.ts";
import type { SnippetVendor } from "../../../schema/values/snippet-titles.ts";
import { blocksOf, type FeedDocument, type ListFilter, slugOf } from "../document.ts";

/** What snippets are made of. Lists hold what is announced too: what is pasted today stays right. */
export interface SnippetInput {
  /** Of object names: lower-case letters, digits and hyphens. */
  readonly slug: string;
  readonly url: string;
  readonly version: number;
  readonly blocks: (filter?: ListFilter) => readonly Cidr[];
  readonly sipsPort: number;
  readonly sipPort: number;
  readonly isSipUdpOpen: boolean;
  readonly rtpPorts: { readonly first: number; readonly last: number };
}

/** A file that somebody pastes into their own system, whole. */
export interface Snippet {
  /** The last segment of its path. */
  readonly vendor: SnippetVendor;
  readonly lines: readonly string[];
}

export function snippetInput(document: FeedDocument): SnippetInput {
  const { settings, version } = document;
  return {
    slug: slugOf(settings),
    url: settings.url,
    version,
    blocks: (filter) => blocksOf(document.ranges, filter),
    sipsPort: SIPS_PORT,
    sipPort: SIP_PORT,
    isSipUdpOpen: settings.ports.isSipUdpOpen,
    rtpPorts: settings.ports.rtpPorts,
  };
}

/** First line of a snippet in a language whose comments begin with `mark`. */
export function banner({ slug, url, version }: SnippetInput, mark: string): string {
  return `${mark} ${slug} static addresses, version ${version}: ${url}/network`;
}

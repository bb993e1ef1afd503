import { html, raw } from "hono/html";
import { NOTICE_DAYS } from "../../schema/contracts/network.ts";
import { portRules } from "../../schema/values/port-rules.ts";
import { SNIPPET_TITLES } from "../../schema/values/snippet-titles.ts";
import { sentenceOf, titleOf } from "./changes.ts";
import {
  dayText,
  type FeedDocument,
  type FeedFile,
  type FeedRange,
  inUse,
  timeText,
} from "./document.ts";
import { STYLE } from "./page-style.ts";
import { allSnippets, snippetPath } from "./snippets/render-snippets.ts";

export const PAGE_PATH = "/network";
export const PAGE_TYPE = "text/html; charset=utf-8";
/** Versions that the page tells of; all are in `changes`. */
const SHOWN_VERSIONS = 10;

type Html = ReturnType<typeof html>;

/** What a firewall team reads: complete without scripts, and on paper. */
export async function renderPage(document: FeedDocument): Promise<FeedFile> {
  const { settings, version, publishedAtMs } = document;
  const { provider } = settings;
  const body = await html`
<h1>${provider}: static addresses</h1>
<p>Version ${version}, published ${timeText(publishedAtMs)}. Calls to and from ${provider} use these
addresses and ports, and no others. Additions are published at least ${NOTICE_DAYS} days before the first packet;
what is taken out stays in use for at least ${NOTICE_DAYS} days after it was announced.</p>
<nav aria-label="On this page"><ul>
<li><a href="#block">The block</a></li>
<li><a href="#next">What changes next</a></li>
<li><a href="#ports">Ports and who dials whom</a></li>
<li><a href="#follow">Lists to follow</a></li>
<li><a href="#rules">Rules to paste</a></li>
<li><a href="#test">How to test</a></li>
<li><a href="#history">What has changed</a></li>
</ul></nav>
${blockSection(inUse(document))}
${nextSection(document)}
${portSection(document)}
${followSection(document)}
${rulesSection(document)}
${testSection(document)}
${historySection(document)}`;
  return { path: PAGE_PATH, contentType: PAGE_TYPE, body: await page(provider, body) };
}

/** The page of a deployment whose addresses are not static, or that cannot tell at the moment. */
export async function renderAbsentPage(provider: string, why: string): Promise<string> {
  return page(provider, html`<h1>${provider}: static addresses</h1><p>${why}</p>`);
}

async function page(provider: string, body: Html): Promise<string> {
  const text = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${provider}: static addresses</title>
<link rel="alternate" type="application/atom+xml" title="Changes" href="/network/changes.atom">
<style>${raw(STYLE)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
  return text.toString();
}

function blockSection(ranges: readonly FeedRange[]): Html {
  if (ranges.length === 0) {
    return html`<section id="block"><h2>The block</h2><p>No range is in use yet.</p></section>`;
  }
  return html`<section id="block"><h2>The block</h2>
<table>
<caption>Ranges in use. Allow all that your calls use; a number is served by the nodes of its region only.</caption>
<thead><tr><th scope="col">Range</th><th scope="col">Region</th><th scope="col">Used for</th><th scope="col">Place</th><th scope="col">Holder</th><th scope="col">State</th></tr></thead>
<tbody>
${ranges.map(
  (
    range,
  ) => html`<tr><th scope="row"><code>${range.prefix}</code></th><td>${range.region}</td><td>${range.services.join(", ")}</td><td>${placeOf(range)}</td><td>${range.holder}</td><td>${stateText(range)}</td></tr>
`,
)}</tbody>
</table></section>`;
}

function placeOf({ geo }: FeedRange): string {
  return [geo.city, geo.subdivision ?? geo.country].filter((part) => part !== null).join(", ");
}

function stateText(range: FeedRange): string {
  if (range.state !== "deprecated") return "in use";
  return `going, not before ${dayText(range.removeAfterMs ?? range.activeFromMs)}`;
}

function nextSection({ ranges }: FeedDocument): Html {
  const coming = ranges.filter(({ state }) => state === "pending");
  const going = ranges.filter(({ state }) => state === "deprecated");
  const nothing = html`<p>Nothing is announced.</p>`;
  return html`<section id="next"><h2>What changes next</h2>
${coming.length + going.length === 0 ? nothing : ""}
<ul>
${coming.map((range) => html`<li><code>${range.prefix}</code> (${range.region}: ${range.services.join(", ")}) comes. Allow it before <time datetime="${dayText(range.activeFromMs)}">${dayText(range.activeFromMs)}</time>.</li>`)}
${going.map((range) => html`<li><code>${range.prefix}</code> (${range.region}) goes. Keep it allowed until <time datetime="${dayText(range.removeAfterMs ?? 0)}">${dayText(range.removeAfterMs ?? 0)}</time> at least.</li>`)}
</ul></section>`;
}

const DIRECTIONS = {
  out: "you connect to us",
  in: "we connect to you",
  both: "both send",
} as const;

function portSection({ settings }: FeedDocument): Html {
  const rules = portRules(settings.ports);
  return html`<section id="ports"><h2>Ports and who dials whom</h2>
<p>Disable SIP ALG. Let ICMP type 3 through. Media come from another address than signalling may: that is normal.
Keep idle TCP connections for 3600 s and UDP flows for 120 s.</p>
<table>
<caption>Rules of a firewall. The number of a rule never changes; tests name it.</caption>
<thead><tr><th scope="col">Rule</th><th scope="col">Who connects</th><th scope="col">Your side</th><th scope="col">Your port</th><th scope="col">Our side</th><th scope="col">Our port</th><th scope="col">Protocol</th><th scope="col">For</th><th scope="col">Needed</th></tr></thead>
<tbody>
${rules.map(
  (
    rule,
  ) => html`<tr><th scope="row">${rule.id}</th><td>${DIRECTIONS[rule.direction]}</td><td>${rule.customerSide}</td><td>${rule.customerPort}</td><td>${rule.service ?? rule.otherSide}</td><td>${rule.ourPort}</td><td>${rule.protocol.toUpperCase()}</td><td>${rule.purpose}; ${rule.notes}</td><td>${rule.isRequired ? "always" : "where used"}</td></tr>
`,
)}</tbody>
</table></section>`;
}

function followSection({ settings, ranges }: FeedDocument): Html {
  const hasIpv6 = ranges.some(({ prefix }) => prefix.includes(":"));
  const link = (path: string, what: string) =>
    html`<li><a href="${path}"><code>${settings.url}${path}</code></a>: ${what}</li>`;
  return html`<section id="follow"><h2>Lists to follow</h2>
<p>Firewalls can read these by themselves. They answer with the last good list or an error, never with an empty one.
Every file has a <code>.sha256</code>, an <code>.md5</code> and a detached signature (<code>.jws</code>) beside it.</p>
<ul>
${link("/network/next/v4.txt", "IPv4, what is in use and what is announced: follow this one")}
${hasIpv6 ? link("/network/next/v6.txt", "the same for IPv6") : ""}
${link("/network/v4.txt", "IPv4, what is in use today")}
${link("/network/ip-ranges.json", "everything, as JSON")}
${link("/network/aws.json", "in the shape of AWS")}
${link("/network/azure.json", "in the shape of Azure service tags")}
${link("/network/goog.json", "in the shape of Google")}
${link("/network/endpoints.json", "in the shape of Office 365 endpoints")}
${link("/network/checkpoint.json", "Check Point generic data center")}
${link("/network/rules.csv", "the table of ports")}
${link("/network/geofeed.csv", "places (RFC 8805)")}
${link("/network/changes.atom", "changes, for a feed reader")}
${link("/network/changes", "changes, as JSON; add ?since=<version>")}
${link("/network/tls.json", "names and TLS")}
${link("/network/evidence.json", "whose the addresses are, and how to check it")}
${link("/.well-known/jwks.json", "keys of the signatures")}
</ul></section>`;
}

function rulesSection(document: FeedDocument): Html {
  return html`<section id="rules"><h2>Rules to paste</h2>
<p>They hold what is in use and what is announced. Ports of your own side are those of most PBXs: change them to yours.</p>
${allSnippets(document).map(
  ({ vendor, lines }) => html`<details>
<summary>${SNIPPET_TITLES[vendor]}</summary>
<p><a href="${snippetPath(vendor)}">as a file</a></p>
<pre><code>${lines.join("\n")}</code></pre>
</details>
`,
)}</section>`;
}

function testSection({ settings }: FeedDocument): Html {
  const { sipDomain, url } = settings;
  return html`<section id="test"><h2>How to test</h2>
<p>From the machine that your calls leave from:</p>
<ol>
<li>Names resolve: <code>dig +short NAPTR ${sipDomain}; dig +short SRV _sips._tcp.${sipDomain}</code></li>
<li>TLS is reached (rule 1) and proves its name: <code>openssl s_client -connect ${sipDomain}:5061 -servername ${sipDomain} -brief &lt;/dev/null</code></li>
<li>SIP without TLS is reached (rule 2): <code>nc -vz ${sipDomain} 5060</code></li>
<li>The list is what was signed: <code>curl -s ${url}/network/v4.txt | sha256sum; curl -s ${url}/network/v4.txt.sha256</code></li>
</ol></section>`;
}

function historySection({ versions }: FeedDocument): Html {
  const newest = versions.slice(-SHOWN_VERSIONS).reverse();
  return html`<section id="history"><h2>What has changed</h2>
${newest.map(
  (entry) => html`<h3>${titleOf(entry)}, ${dayText(entry.publishedAtMs)}</h3>
${entry.reason === null ? "" : html`<p>Reason: ${entry.reason}</p>`}
<ul>${entry.changes.map((change) => html`<li>${sentenceOf(change)}</li>`)}</ul>
`,
)}</section>`;
}

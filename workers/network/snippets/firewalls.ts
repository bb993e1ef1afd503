import { cidrBounds, dottedMask } from "../../../schema/values/cidr-set.ts";
import { banner, type Snippet, type SnippetInput } from "./snippet.ts";

/** Firewalls that fetch the lists themselves, and those that take them as objects. */
export function firewallSnippets(input: SnippetInput): Snippet[] {
  return [
    ...[panos(input), fortios(input), checkPoint(input), juniper(input), sophos(input)],
    ...[pfsense(input), mikrotik(input), windows(input)],
  ];
}

/** The lists that there are, by family. */
function families({ blocks }: SnippetInput) {
  return ([4, 6] as const).filter((family) => blocks({ family }).length > 0);
}

function panos(input: SnippetInput): Snippet {
  const { slug, url } = input;
  return {
    vendor: "paloalto",
    lines: [
      ...families(input).flatMap((family) => [
        `set external-list ${slug}-v${family} type ip url ${url}/network/next/v${family}.txt`,
        `set external-list ${slug}-v${family} type ip recurring hourly`,
      ]),
    ],
  };
}

function fortios(input: SnippetInput): Snippet {
  const { slug, url } = input;
  return {
    vendor: "fortinet",
    lines: [
      "config system external-resource",
      ...families(input).flatMap((family) => [
        `  edit "${slug}-v${family}"`,
        "    set type address",
        `    set resource "${url}/network/next/v${family}.txt"`,
        "    set refresh-rate 60",
        "    set server-identity-check full",
        "  next",
      ]),
      "end",
    ],
  };
}

function checkPoint(input: SnippetInput): Snippet {
  const { slug, url } = input;
  return {
    vendor: "checkpoint",
    lines: families(input).map((family) =>
      [
        `mgmt_cli add network-feed name "${slug}-v${family}"`,
        `feed-url "${url}/network/next/v${family}.txt"`,
        'feed-format "Flat List" feed-type "IP Address"',
        'update-interval 60 data-column 1 ignore-lines-that-start-with "#"',
      ].join(" "),
    ),
  };
}

function juniper(input: SnippetInput): Snippet {
  const { slug, url } = input;
  return {
    vendor: "juniper",
    lines: [
      `set security dynamic-address feed-server ${slug} hostname ${new URL(url).hostname}`,
      ...families(input).flatMap((family) => [
        `set security dynamic-address feed-server ${slug} feed-name v${family} path /network/next/v${family}.txt`,
        `set security dynamic-address feed-server ${slug} feed-name v${family} update-interval 3600`,
        `set security dynamic-address address-name ${slug}-v${family} profile feed-name v${family}`,
      ]),
    ],
  };
}

function sophos(input: SnippetInput): Snippet {
  const { slug, url } = input;
  return {
    vendor: "sophos",
    lines: [
      banner(input, "#"),
      `# IP host group ${slug}: add these networks, or let your automation read ${url}/network/next/v4.txt`,
      ...input.blocks(),
    ],
  };
}

function pfsense(input: SnippetInput): Snippet {
  const { slug, url } = input;
  const alias = slug.replaceAll("-", "_");
  return {
    vendor: "pfsense",
    lines: [
      banner(input, "#"),
      "# Firewall > Aliases > URLs, type: URL Table (IPs), update frequency: 1 day",
      ...families(input).map((family) => `${alias}_v${family}  ${url}/network/next/v${family}.txt`),
    ],
  };
}

function mikrotik(input: SnippetInput): Snippet {
  const { slug, blocks } = input;
  const list = (family: 4 | 6) => {
    const rows = blocks({ family }).map(
      (block) => `add list=${slug} address=${block} comment="version ${input.version}"`,
    );
    const menu = family === 4 ? "/ip firewall address-list" : "/ipv6 firewall address-list";
    return rows.length === 0 ? [] : [menu, ...rows];
  };
  return {
    vendor: "mikrotik",
    lines: [banner(input, "#"), ...list(4), ...list(6)],
  };
}

function windows(input: SnippetInput): Snippet {
  const { slug, blocks, sipPort, sipsPort } = input;
  const quoted = (list: readonly string[]) => list.map((block) => `"${block}"`).join(",");
  const rule = (what: string, protocol: string, ports: string, list: readonly string[]) =>
    list.length === 0
      ? []
      : [
          `New-NetFirewallRule -DisplayName "${slug} ${what}" -Direction Inbound -Action Allow -Protocol ${protocol} -LocalPort ${ports} -RemoteAddress ${quoted(list)}`,
        ];
  return {
    vendor: "windows",
    lines: [
      banner(input, "#"),
      ...rule("SIP", "TCP", `${sipPort},${sipsPort}`, blocks({ service: "sip" })),
      ...rule("media", "UDP", "10000-60000", blocks({ service: "rtp" })),
      ...rule("webhooks", "TCP", "443", blocks({ service: "webhook" })),
    ],
  };
}

/** Cisco: objects of ASA and FTD, the trusted list of CUBE, an access list of IOS. */
export function ciscoSnippets(input: SnippetInput): Snippet[] {
  const { slug, blocks } = input;
  const name = slug.toUpperCase();
  const masked = blocks({ family: 4 }).map((block) => {
    const [network = ""] = block.split("/");
    return `${network} ${dottedMask(cidrBounds(block).prefixLength)}`;
  });
  const ipv6 = blocks({ family: 6 });
  return [
    {
      vendor: "cisco-asa",
      lines: [
        banner(input, "!"),
        `object-group network ${name}-STATIC`,
        ...masked.map((block) => ` network-object ${block}`),
        ...ipv6.map((block) => ` network-object ${block}`),
      ],
    },
    {
      vendor: "cisco-cube",
      lines: [
        banner(input, "!"),
        "voice service voip",
        " ip address trusted list",
        ...masked.map((block) => `  ipv4 ${block}`),
        ...ipv6.map((block) => `  ipv6 ${block}`),
      ],
    },
  ];
}

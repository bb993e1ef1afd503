import type { Cidr } from "../../../schema/values/cidr.ts";
import { aggregateCidrs } from "../../../schema/values/cidr-set.ts";
import { banner, type Snippet, type SnippetInput } from "./snippet.ts";

/** Packet filters of a Linux host that is the PBX or SBC, or stands before it. */
export function linuxSnippets(input: SnippetInput): Snippet[] {
  return [nftables(input), ipset(input), iptables(input, 4), iptables(input, 6)].filter(
    ({ lines }) => lines.length > 0,
  );
}

const SET_NAMES = { sip: "sip", rtp: "rtp", hooks: "hooks" } as const;

/** Nothing passes either way but what the port table says, names and replies. */
function nftables(input: SnippetInput): Snippet {
  const { slug, sipPort, sipsPort, rtpPorts, isSipUdpOpen } = input;
  const sip = `{ ${sipPort}, ${sipsPort} }`;
  const sets = ([4, 6] as const).flatMap((family) => setsOf(input, family));
  const rules = (chain: "input" | "output") => {
    const end = chain === "input" ? "saddr" : "daddr";
    return sets.flatMap(({ family, name, kind }) => {
      const match = `${family === 4 ? "ip" : "ip6"} ${end} @${name}`;
      const allow = (what: string) => `    ${match} ${what} accept`;
      if (kind === "sip") {
        return [
          allow(`tcp dport ${chain === "input" ? "$sip_ports" : sip}`),
          ...(isSipUdpOpen ? [allow(`udp dport ${sipPort}`)] : []),
        ];
      }
      if (kind === "rtp") {
        const ports = chain === "input" ? "$rtp_ports" : `${rtpPorts.first}-${rtpPorts.last}`;
        return [allow(`udp dport ${ports}`)];
      }
      // Webhooks and agents are connected to; nothing of theirs goes out by itself.
      return chain === "input" ? [allow("tcp dport $https_ports")] : [];
    });
  };
  return {
    vendor: "nftables",
    lines: [
      banner(input, "#"),
      "# Add your own rules for management (SSH) before you load this: everything else is dropped.",
      "# Ports of your side:",
      `define sip_ports = ${sip}`,
      "define rtp_ports = 10000-60000",
      "define https_ports = { 443 }",
      "",
      `table inet ${slug.replaceAll("-", "_")} {`,
      ...sets.flatMap(({ family, name, blocks }) => [
        `  set ${name} {`,
        `    type ipv${family}_addr`,
        "    flags interval",
        `    elements = { ${blocks.join(", ")} }`,
        "  }",
        "",
      ]),
      "  chain input {",
      "    type filter hook input priority 0; policy drop;",
      "    iif lo accept",
      "    ct state established,related accept",
      "    icmp type { destination-unreachable, time-exceeded, echo-request } accept",
      "    icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept",
      ...rules("input"),
      "  }",
      "",
      "  chain output {",
      "    type filter hook output priority 0; policy drop;",
      "    oif lo accept",
      "    ct state established,related accept",
      "    icmp type { destination-unreachable, echo-request } accept",
      "    icmpv6 type { destination-unreachable, packet-too-big, echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept",
      "    # names, and the API with these lists",
      "    meta l4proto { tcp, udp } th dport 53 accept",
      "    tcp dport 443 accept",
      ...rules("output"),
      "  }",
      "}",
    ],
  };
}

interface NamedSet {
  readonly family: 4 | 6;
  readonly kind: keyof typeof SET_NAMES;
  readonly name: string;
  readonly blocks: readonly Cidr[];
}

/** Sets with something in them: nftables takes no empty list of elements. */
function setsOf({ blocks }: SnippetInput, family: 4 | 6): NamedSet[] {
  const lists = {
    sip: blocks({ family, service: "sip" }),
    rtp: blocks({ family, service: "rtp" }),
    // As one list: a set takes no two blocks that overlap.
    hooks: aggregateCidrs([
      ...blocks({ family, service: "webhook" }),
      ...blocks({ family, service: "agent" }),
    ]),
  };
  return (["sip", "rtp", "hooks"] as const)
    .map((kind) => ({
      family,
      kind,
      name: `${SET_NAMES[kind]}_v${family}`,
      blocks: lists[kind],
    }))
    .filter((set) => set.blocks.length > 0);
}

function ipset({ slug, blocks }: SnippetInput): Snippet {
  const list = (family: 4 | 6) => {
    const own = blocks({ family });
    if (own.length === 0) return [];
    const name = `${slug}-v${family}`;
    return [
      `create ${name} hash:net family ${family === 4 ? "inet" : "inet6"}`,
      ...own.map((block) => `add ${name} ${block}`),
    ];
  };
  return {
    vendor: "ipset",
    lines: [...list(4), ...list(6)],
  };
}

/** For `iptables-restore --noflush`: two chains to jump to. */
function iptables(input: SnippetInput, family: 4 | 6): Snippet {
  const { slug, sipPort, sipsPort, rtpPorts, blocks } = input;
  const chain = (end: string) => `${slug.toUpperCase().slice(0, 20)}-${end}`;
  const [into, out] = [chain("IN"), chain("OUT")];
  const ports = `-m multiport --dports ${sipPort},${sipsPort}`;
  const sip = blocks({ family, service: "sip" }).flatMap((block) => [
    `-A ${into} -s ${block} -p tcp ${ports} -j ACCEPT`,
    `-A ${out} -d ${block} -p tcp ${ports} -j ACCEPT`,
  ]);
  const rtp = blocks({ family, service: "rtp" }).flatMap((block) => [
    `-A ${into} -s ${block} -p udp --dport 10000:60000 -j ACCEPT`,
    `-A ${out} -d ${block} -p udp --dport ${rtpPorts.first}:${rtpPorts.last} -j ACCEPT`,
  ]);
  const hooks = [...setsOf(input, family)]
    .filter(({ kind }) => kind === "hooks")
    .flatMap(({ blocks: own }) =>
      own.map((block) => `-A ${into} -s ${block} -p tcp --dport 443 -j ACCEPT`),
    );
  const rules = [...sip, ...rtp, ...hooks];
  const vendor = family === 4 ? "iptables" : "ip6tables";
  return {
    vendor,
    lines:
      rules.length === 0
        ? []
        : [
            banner(input, "#"),
            `# then: ${vendor} -I INPUT -j ${into}; ${vendor} -I OUTPUT -j ${out}`,
            "*filter",
            `:${into} - [0:0]`,
            `:${out} - [0:0]`,
            ...rules,
            "COMMIT",
          ],
  };
}

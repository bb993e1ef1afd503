import { cidrBounds } from "../../../schema/values/cidr-set.ts";
import { banner, type Snippet, type SnippetInput } from "./snippet.ts";

/** Lists of PBXs and SIP proxies: who may send them calls. */
export function pbxSnippets(input: SnippetInput): Snippet[] {
  const { slug, blocks, url } = input;
  const sip = blocks({ service: "sip" });
  if (sip.length === 0) return [];
  return [
    {
      vendor: "asterisk",
      lines: [
        banner(input, ";"),
        `[${slug}-identify]`,
        "type=identify",
        `endpoint=${slug}`,
        ...sip.map((block) => `match=${block}`),
      ],
    },
    {
      vendor: "freeswitch",
      lines: [
        `<!-- ${banner(input, "").trim()} -->`,
        `<list name="${slug}" default="deny">`,
        ...sip.map((block) => `  <node type="allow" cidr="${block}"/>`),
        "</list>",
      ],
    },
    {
      vendor: "kamailio",
      lines: sip.map((block) => {
        const [network = ""] = block.split("/");
        return `1,${network},${cidrBounds(block).prefixLength},0,${slug}`;
      }),
    },
    {
      vendor: "opensips",
      lines: sip.map((block) => {
        const [network = ""] = block.split("/");
        return `INSERT INTO address (grp, ip, mask, port, proto, context_info) VALUES (1, '${network}', ${cidrBounds(block).prefixLength}, 0, 'any', '${slug}');`;
      }),
    },
    {
      vendor: "3cx",
      lines: [
        banner(input, "#"),
        "# 3CX: Admin > Security > IP Blacklist > Add > Allow, one entry for each network.",
        "# AudioCodes: Signaling & Media > Core Entities > IP Groups and Classification, one row for each network.",
        `# The list of today and tomorrow: ${url}/network/next/v4.txt`,
        ...sip,
      ],
    },
  ];
}

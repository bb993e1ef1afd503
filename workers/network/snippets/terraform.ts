import type { Cidr } from "../../../schema/values/cidr.ts";
import { banner, type Snippet, type SnippetInput } from "./snippet.ts";

/** Terraform for the three large clouds. Lists are written out: no provider but the cloud's own is needed. */
export function terraformSnippets(input: SnippetInput): Snippet[] {
  return [aws(input), azure(input), gcp(input)];
}

/** An HCL list, one element a line as `terraform fmt` leaves it. */
function listLines(name: string, blocks: readonly Cidr[]): string[] {
  if (blocks.length === 0) return [`  ${name} = []`];
  return [`  ${name} = [`, ...blocks.map((block) => `    "${block}",`), "  ]"];
}

function identifier(slug: string): string {
  return slug.replaceAll("-", "_");
}

/**
 * The families that there are blocks of. Resources of IPv4 have the bare name, which stands in the state of whoever
 * applied a version of before.
 */
function familiesOf({ blocks }: SnippetInput) {
  return ([4, 6] as const)
    .map((family) => ({
      family,
      blocks: blocks({ family }),
      suffix: family === 4 ? "" : "_v6",
    }))
    .filter((one) => one.blocks.length > 0);
}

/** `locals` with a list for each family. */
function locals(input: SnippetInput): string[] {
  const id = identifier(input.slug);
  return [
    "locals {",
    ...familiesOf(input).flatMap(({ blocks, family }) => listLines(`${id}_v${family}`, blocks)),
    "}",
  ];
}

function aws(input: SnippetInput): Snippet {
  const { slug, sipPort, sipsPort } = input;
  const id = identifier(slug);
  const rule = (what: string, suffix: string, protocol: string, from: number, to: number) => [
    `resource "aws_vpc_security_group_ingress_rule" "${id}_${what}${suffix}" {`,
    `  security_group_id = var.${id}_security_group_id`,
    `  prefix_list_id    = aws_ec2_managed_prefix_list.${id}${suffix}.id`,
    `  ip_protocol       = "${protocol}"`,
    `  from_port         = ${from}`,
    `  to_port           = ${to}`,
    "}",
    "",
  ];
  return {
    vendor: "aws-terraform",
    lines: [
      banner(input, "#"),
      ...locals(input),
      "",
      `variable "${id}_security_group_id" {`,
      "  type        = string",
      '  description = "Security group of the PBX or SBC."',
      "}",
      "",
      ...familiesOf(input).flatMap(({ blocks, family, suffix }) => [
        `resource "aws_ec2_managed_prefix_list" "${id}${suffix}" {`,
        `  name           = "${slug}-v${family}"`,
        `  address_family = "IPv${family}"`,
        // It counts against the rules of a security group at its full size.
        `  max_entries    = ${Math.max(20, blocks.length * 2)}`,
        "",
        '  dynamic "entry" {',
        `    for_each = toset(local.${id}_v${family})`,
        "    content {",
        "      cidr        = entry.value",
        `      description = "${slug} version ${input.version}"`,
        "    }",
        "  }",
        "}",
        "",
        ...rule("sip", suffix, "tcp", sipPort, sipsPort),
        ...rule("media", suffix, "udp", 10_000, 60_000),
      ]),
    ].slice(0, -1),
  };
}

/** An IP group holds IPv4 addresses only: what there is of IPv6 is for rules of a network security group. */
function azure(input: SnippetInput): Snippet {
  const { slug, blocks } = input;
  const id = identifier(slug);
  const ipv6 = blocks({ family: 6 });
  return {
    vendor: "azure-terraform",
    lines: [
      banner(input, "#"),
      "locals {",
      ...listLines(`${id}_v4`, blocks({ family: 4 })),
      ...(ipv6.length === 0
        ? []
        : [
            "  # An IP group takes no IPv6: source_address_prefixes of a network security rule do.",
            ...listLines(`${id}_v6`, ipv6),
          ]),
      "}",
      "",
      `resource "azurerm_ip_group" "${id}" {`,
      `  name                = "${slug}-v4"`,
      `  location            = var.${id}_location`,
      `  resource_group_name = var.${id}_resource_group_name`,
      `  cidrs               = local.${id}_v4`,
      "}",
      "",
      `variable "${id}_location" {`,
      "  type = string",
      "}",
      "",
      `variable "${id}_resource_group_name" {`,
      "  type = string",
      "}",
    ],
  };
}

function gcp(input: SnippetInput): Snippet {
  const { slug } = input;
  const id = identifier(slug);
  return {
    vendor: "gcp-terraform",
    lines: [
      banner(input, "#"),
      ...locals(input),
      "",
      `variable "${id}_parent" {`,
      "  type        = string",
      '  description = "For example projects/my-project."',
      "}",
      "",
      ...familiesOf(input).flatMap(({ blocks, family, suffix }) => [
        `resource "google_network_security_address_group" "${id}${suffix}" {`,
        `  name     = "${slug}-v${family}"`,
        `  parent   = var.${id}_parent`,
        '  location = "global"',
        `  type     = "IPV${family}"`,
        `  capacity = ${Math.max(100, blocks.length * 2)}`,
        `  items    = local.${id}_v${family}`,
        "}",
        "",
      ]),
    ].slice(0, -1),
  };
}

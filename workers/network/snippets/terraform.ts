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

function aws(input: SnippetInput): Snippet {
  const { slug, blocks, sipPort, sipsPort } = input;
  const id = identifier(slug);
  const ipv4 = blocks({ family: 4 });
  const rule = (what: string, protocol: string, from: number, to: number) => [
    `resource "aws_vpc_security_group_ingress_rule" "${id}_${what}" {`,
    `  security_group_id = var.${id}_security_group_id`,
    `  prefix_list_id    = aws_ec2_managed_prefix_list.${id}.id`,
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
      "locals {",
      ...listLines(`${id}_v4`, ipv4),
      "}",
      "",
      `variable "${id}_security_group_id" {`,
      "  type        = string",
      '  description = "Security group of the PBX or SBC."',
      "}",
      "",
      `resource "aws_ec2_managed_prefix_list" "${id}" {`,
      `  name           = "${slug}-v4"`,
      '  address_family = "IPv4"',
      // It counts against the rules of a security group at its full size.
      `  max_entries    = ${Math.max(20, ipv4.length * 2)}`,
      "",
      '  dynamic "entry" {',
      `    for_each = toset(local.${id}_v4)`,
      "    content {",
      "      cidr        = entry.value",
      `      description = "${slug} version ${input.version}"`,
      "    }",
      "  }",
      "}",
      "",
      ...rule("sip", "tcp", sipPort, sipsPort),
      ...rule("media", "udp", 10_000, 60_000),
    ].slice(0, -1),
  };
}

function azure(input: SnippetInput): Snippet {
  const { slug, blocks } = input;
  const id = identifier(slug);
  return {
    vendor: "azure-terraform",
    lines: [
      banner(input, "#"),
      "locals {",
      ...listLines(`${id}_v4`, blocks({ family: 4 })),
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
  const { slug, blocks } = input;
  const id = identifier(slug);
  const ipv4 = blocks({ family: 4 });
  return {
    vendor: "gcp-terraform",
    lines: [
      banner(input, "#"),
      "locals {",
      ...listLines(`${id}_v4`, ipv4),
      "}",
      "",
      `variable "${id}_parent" {`,
      "  type        = string",
      '  description = "For example projects/my-project."',
      "}",
      "",
      `resource "google_network_security_address_group" "${id}" {`,
      `  name     = "${slug}-v4"`,
      `  parent   = var.${id}_parent`,
      '  location = "global"',
      '  type     = "IPV4"',
      `  capacity = ${Math.max(100, ipv4.length * 2)}`,
      `  items    = local.${id}_v4`,
      "}",
    ],
  };
}

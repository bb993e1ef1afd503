# IPv6 beside the static IPv4 addresses, where it is asked for. The block stays with the network, so that a node that is
# replaced keeps its address, which follows from the zone it stands in and from the key of its IPv4 address.

locals {
  ipv6_block = !var.ipv6 ? null : var.ipv6_pool != null ? var.ipv6_pool.cidr : aws_vpc_ipv6_cidr_block_association.this[0].ipv6_cidr_block
  # A /64 for each zone, in the order of the zones.
  ipv6_cidrs = { for index, zone in var.availability_zones : zone => cidrsubnet(local.ipv6_block, 8, index) if var.ipv6 }
}

resource "aws_vpc_ipv6_cidr_block_association" "this" {
  count = var.ipv6 ? 1 : 0

  vpc_id                           = aws_vpc.this.id
  assign_generated_ipv6_cidr_block = var.ipv6_pool == null ? true : null
  ipv6_pool                        = try(var.ipv6_pool.pool_id, null)
  ipv6_cidr_block                  = try(var.ipv6_pool.cidr, null)

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_route" "internet_ipv6" {
  count = var.ipv6 ? 1 : 0

  route_table_id              = aws_route_table.public.id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.this.id
}

# The same port table.
resource "aws_vpc_security_group_ingress_rule" "media_ipv6" {
  for_each = var.ipv6 ? local.inbound : {}

  security_group_id = aws_security_group.media.id
  description       = each.value.purpose
  ip_protocol       = each.value.protocol
  from_port         = each.value.first
  to_port           = each.value.last
  cidr_ipv6         = "::/0"
  tags              = local.tags
}

# RFC 4443 §3.1 and §3.2, without which no path of a small MTU works (RFC 4890 §4.3.1).
resource "aws_vpc_security_group_ingress_rule" "unreachable_ipv6" {
  for_each = var.ipv6 ? { "destination-unreachable" = 1, "packet-too-big" = 2 } : {}

  security_group_id = aws_security_group.media.id
  description       = "ICMPv6 ${each.key}"
  ip_protocol       = "icmpv6"
  from_port         = each.value
  to_port           = -1
  cidr_ipv6         = "::/0"
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "anywhere_ipv6" {
  count = var.ipv6 ? 1 : 0

  security_group_id = aws_security_group.media.id
  description       = "Trunks, media, agents, control plane"
  ip_protocol       = "-1"
  cidr_ipv6         = "::/0"
  tags              = local.tags
}

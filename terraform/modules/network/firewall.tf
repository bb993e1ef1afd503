# What reaches a node, from the port table. Who may call is decided by the node, trunk by trunk: carriers and PBXs
# come from anywhere. Media are open both ways to everybody, which also keeps the flows out of connection tracking:
# a tracked flow costs packets per second and is cut after 30 seconds of hold.

locals {
  port_table = jsondecode(file("${path.module}/ports.json"))

  inbound = {
    for row in local.port_table : row.id => {
      protocol = row.protocol
      first    = row.service == "media" ? var.rtp_ports.first : row.port
      last     = row.service == "media" ? var.rtp_ports.last : row.port
      purpose  = row.purpose
    } if row.service == "media" || contains(var.sip_transports, row.service)
  }

  between_nodes = { for row in local.port_table : row.id => row if row.service == "relay" }
}

resource "aws_security_group" "media" {
  name_prefix = "${var.name}-media-"
  description = "Media nodes of ${var.name}: SIP and media"
  vpc_id      = aws_vpc.this.id
  tags        = merge(local.tags, { Name = "${var.name}-media" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "media" {
  for_each = local.inbound

  security_group_id = aws_security_group.media.id
  description       = each.value.purpose
  ip_protocol       = each.value.protocol
  from_port         = each.value.first
  to_port           = each.value.last
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

# From the group itself and from nobody else.
resource "aws_vpc_security_group_ingress_rule" "between_nodes" {
  for_each = local.between_nodes

  security_group_id            = aws_security_group.media.id
  description                  = each.value.purpose
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = aws_security_group.media.id
  tags                         = local.tags
}

# Path MTU discovery and "port unreachable" (RFC 1191, RFC 1122 §3.2.2.1).
resource "aws_vpc_security_group_ingress_rule" "unreachable" {
  security_group_id = aws_security_group.media.id
  description       = "ICMP destination unreachable"
  ip_protocol       = "icmp"
  from_port         = 3
  to_port           = -1
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

# To trunks at whatever port they have, media anywhere, agents and webhooks over HTTPS, DNS.
resource "aws_vpc_security_group_egress_rule" "anywhere" {
  security_group_id = aws_security_group.media.id
  description       = "Trunks, media, agents, control plane"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

# The media nodes of one region. An interface and its static address outlive the instance behind them: a node that is
# replaced comes back as the same peer.

locals {
  tags = merge(var.tags, { "trunkline:region" = var.region_code })

  region_domain = "${var.region_code}.${var.domain}"
  # Of a node's certificate: its own name, the region's and the shared ones.
  shared_names = ["sip.${var.domain}", "sip-static.${var.domain}", "sip.${var.region_code}.residency.${var.domain}"]

  node_names = { for name in keys(var.nodes) : name => "${name}.${local.region_domain}" }

  # The host part is that of the key of the IPv4 address, so that it stays with the node: …:100 for "00".
  ipv6_addresses = {
    for name, node in var.nodes : name =>
    cidrhost(var.network.ipv6_cidrs[node.availability_zone], 256 + parseint(node.address, 16))
    if contains(keys(var.network.ipv6_cidrs), node.availability_zone)
  }

  settings = {
    for name, node in var.nodes : name => merge({
      TRUNKLINE_CONTROL_PLANE_URL  = var.control_plane_url
      TRUNKLINE_BIND_ADDRESS       = contains(keys(local.ipv6_addresses), name) ? "::" : ""
      TRUNKLINE_ADVERTISED_ADDRESS = var.network.addresses[node.address].public_ip
      TRUNKLINE_SIP_DOMAIN         = "sip.${var.domain}"
      TRUNKLINE_RTP_PORTS          = "${var.network.rtp_ports.first}-${var.network.rtp_ports.last}"
      TRUNKLINE_SIP_UDP_PORT       = contains(var.network.sip_transports, "udp") ? "5060" : ""
      TRUNKLINE_STUN_PORT          = var.network.stun ? "3478" : ""
      TRUNKLINE_DRAIN_SECONDS      = tostring(var.drain_seconds)
    }, var.settings)
  }
}

resource "aws_network_interface" "node" {
  for_each = var.nodes

  subnet_id       = var.network.subnet_ids[each.value.availability_zone]
  security_groups = [var.network.security_group_id]
  description     = local.node_names[each.key]
  ipv6_addresses  = contains(keys(local.ipv6_addresses), each.key) ? [local.ipv6_addresses[each.key]] : null
  tags            = merge(local.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_eip_association" "node" {
  for_each = var.nodes

  allocation_id        = var.network.addresses[each.value.address].allocation_id
  network_interface_id = aws_network_interface.node[each.key].id
  # Never from under another node.
  allow_reassociation = false
}

resource "aws_instance" "node" {
  for_each = var.nodes

  ami                         = each.value.image_id
  instance_type               = each.value.instance_type
  iam_instance_profile        = aws_iam_instance_profile.node[each.key].name
  user_data_base64            = base64gzip(local.user_data[each.key])
  user_data_replace_on_change = true
  monitoring                  = true
  tags                        = merge(local.tags, { Name = "${var.name}-${each.key}", "trunkline:generation" = each.value.generation })
  volume_tags                 = merge(local.tags, { Name = "${var.name}-${each.key}" })

  network_interface {
    network_interface_id = aws_network_interface.node[each.key].id
    device_index         = 0
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 40
    encrypted   = true
  }

  # Media are sensitive to neighbours and to credits.
  lifecycle {
    precondition {
      condition     = !startswith(each.value.instance_type, "t")
      error_message = "A burstable instance stops in mid-call when its credits end: choose another type for ${each.key}."
    }
    precondition {
      condition     = contains(keys(var.join_token_parameters), each.key)
      error_message = "There is no join token parameter for ${each.key}."
    }
  }

  # Its first boot already needs the Internet.
  depends_on = [aws_eip_association.node]
}

resource "aws_eip_domain_name" "node" {
  for_each = var.reverse_names ? var.nodes : {}

  allocation_id = var.network.addresses[each.value.address].allocation_id
  domain_name   = local.node_names[each.key]
}

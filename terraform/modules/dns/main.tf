# Names of a deployment. The DNS has two owners: what stands here changes with a plan; the SRV sets and the A sets of
# the shared and regional names change with the nodes' state, and belong to the control plane's reconciler, whose policy
# (reconciler.tf) lets it change those names and no others.

locals {
  # Shared names: what callers dial. Of a region: what they dial when its residency matters to them.
  shared_names   = ["sip.${var.domain}", "sip-static.${var.domain}"]
  regional_names = { for code in keys(var.regions) : code => "sip.${code}.residency.${var.domain}" }
  dialled_names  = concat(local.shared_names, values(local.regional_names))

  nodes = merge([
    for code, addresses in var.regions : {
      for name, address in addresses : "${name}.${code}" => {
        fqdn    = "${name}.${code}.${var.domain}"
        address = address
      }
    }
  ]...)

  # RFC 3263 §4.1: what we like best has the lowest order.
  naptr = [
    for row in [
      { transport = "tls", order = 10, service = "SIPS+D2T", prefix = "_sips._tcp" },
      { transport = "tcp", order = 20, service = "SIP+D2T", prefix = "_sip._tcp" },
      { transport = "udp", order = 30, service = "SIP+D2U", prefix = "_sip._udp" },
    ] : row if contains(var.sip_transports, row.transport)
  ]
}

resource "aws_route53_record" "naptr" {
  for_each = toset(local.dialled_names)

  zone_id = var.zone_id
  name    = each.key
  type    = "NAPTR"
  ttl     = 3600
  records = [for row in local.naptr : "${row.order} 50 \"s\" \"${row.service}\" \"\" ${row.prefix}.${each.key}."]
}

# The name in a node's Contact, and the target of SRV records.
resource "aws_route53_record" "node" {
  for_each = local.nodes

  zone_id = var.zone_id
  name    = each.value.fqdn
  type    = "A"
  ttl     = var.ttl
  records = [each.value.address]
}

resource "aws_route53_record" "node_ipv6" {
  for_each = merge([
    for code, addresses in var.ipv6_addresses : { for name, address in addresses : "${name}.${code}" => address }
  ]...)

  zone_id = var.zone_id
  name    = local.nodes[each.key].fqdn
  type    = "AAAA"
  ttl     = var.ttl
  records = [each.value]
}

# A connection to the port of SIP: Route 53 speaks no SIP. The reconciler counts a node as ready by its own word and
# uses these only to notice what the node itself cannot.
resource "aws_route53_health_check" "node" {
  for_each = local.nodes

  type              = "TCP"
  ip_address        = each.value.address
  port              = contains(var.sip_transports, "tls") ? 5061 : 5060
  request_interval  = 10
  failure_threshold = 3
  tags              = merge(var.tags, { Name = each.value.fqdn })
}

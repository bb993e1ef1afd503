# Names for ACME DNS-01 (RFC 8555 §8.4), delegated to a zone of their own: a node may write its challenges there and
# touches no other name of the domain.

locals {
  challenge_zone = "acme.${var.domain}"
  certified      = concat([for node in local.nodes : node.fqdn], local.dialled_names)
}

resource "aws_route53_zone" "challenges" {
  name    = local.challenge_zone
  comment = "ACME challenges of ${var.domain}"
  tags    = var.tags
}

resource "aws_route53_record" "challenge_delegation" {
  zone_id = var.zone_id
  name    = local.challenge_zone
  type    = "NS"
  ttl     = 3600
  records = aws_route53_zone.challenges.name_servers
}

resource "aws_route53_record" "challenge" {
  for_each = toset(local.certified)

  zone_id = var.zone_id
  name    = "_acme-challenge.${each.key}"
  type    = "CNAME"
  ttl     = 3600
  records = ["${trimsuffix(each.key, ".${var.domain}")}.${local.challenge_zone}"]
}

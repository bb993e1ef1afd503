output "sip_fqdns" {
  description = "What callers dial: the shared names, and each region's."
  value       = { shared = local.shared_names, regional = local.regional_names }
}

output "node_fqdns" {
  description = "Every node's own name."
  value       = { for key, node in local.nodes : key => node.fqdn }
}

output "challenge_zone" {
  description = "For `certificates` of the media-node module."
  value       = { zone_id = aws_route53_zone.challenges.zone_id, zone_name = local.challenge_zone }
}

output "reconciler_policy_arn" {
  description = "For the key that the control plane changes DNS with."
  value       = aws_iam_policy.reconciler.arn
}

output "health_check_ids" {
  description = "Health checks by node."
  value       = { for key, check in aws_route53_health_check.node : key => check.id }
}

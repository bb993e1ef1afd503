output "prefix_list_ids" {
  description = "Lists by address family, IPv4 and IPv6; a family without prefixes has none."
  value       = { for family, list in aws_ec2_managed_prefix_list.this : family => list.id }
}

output "prefixes" {
  description = "What is allowed."
  value       = sort(keys(local.allowed))
}

output "feed_version" {
  description = "Version of the feed that this is made of."
  value       = jsondecode(var.feed).version
}

output "nodes" {
  description = "Every node by its name: where it is, and as what peers see it."
  value = {
    for name, node in var.nodes : name => {
      instance_id  = aws_instance.node[name].id
      fqdn         = local.node_names[name]
      public_ip    = var.network.addresses[node.address].public_ip
      ipv6_address = lookup(local.ipv6_addresses, name, null)
    }
  }
}

output "user_data" {
  description = "What each instance is told at its first boot."
  value       = local.user_data
}

output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "subnet_ids" {
  description = "Subnets by availability zone."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}

output "security_group_id" {
  description = "Group of the media nodes."
  value       = aws_security_group.media.id
}

output "addresses" {
  description = "Every static address by its key, which a node names: where it is allocated, and what it is."
  value = {
    for key, address in aws_eip.node : key => {
      allocation_id = address.allocation_id
      public_ip     = address.public_ip
    }
  }
}

output "static_ipv4_cidrs" {
  description = "What to publish: the block, or each address where there is no block."
  value = (
    var.addresses.form == "byoip" ? [var.addresses.cidr] :
    local.makes_ipam ? [aws_vpc_ipam_pool_cidr.contiguous[0].cidr] :
    sort([for address in aws_eip.node : "${address.public_ip}/32"])
  )
}

output "ipv6_cidrs" {
  description = "The /64 of each availability zone; empty without IPv6."
  value       = local.ipv6_cidrs
}

output "static_ipv6_cidrs" {
  description = "What to publish of IPv6; empty without it."
  value       = values(local.ipv6_cidrs)
}

output "rtp_ports" {
  description = "Ports of media that the firewall lets through."
  value       = var.rtp_ports
}

output "stun" {
  description = "Whether the firewall lets STUN through."
  value       = var.stun
}

output "sip_transports" {
  description = "Transports of SIP that the firewall lets through."
  value       = var.sip_transports
}

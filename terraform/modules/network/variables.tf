variable "name" {
  description = "Prefix of the names of everything in this network, such as trunkline-production-eu."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,40}$", var.name))
    error_message = "The name is 2 to 41 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "region_code" {
  description = "The region as numbers and callers know it: us, eu or in, or another of the operator's."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}$", var.region_code))
    error_message = "The region code is 2 to 16 lower-case letters, digits and hyphens."
  }
}

variable "vpc_cidr" {
  description = "Private addresses of the network. Each availability zone gets a subnet a sixteenth of its size."
  type        = string
  default     = "10.64.0.0/20"

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && !strcontains(var.vpc_cidr, ":") && try(tonumber(split("/", var.vpc_cidr)[1]) <= 24, false)
    error_message = "The network is an IPv4 CIDR block of /24 or larger."
  }
}

variable "availability_zones" {
  description = "Zones that nodes may stand in. A zone that is taken out moves its nodes: only ever add at the end."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) >= 1 && length(var.availability_zones) <= 16 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "Name 1 to 16 different availability zones."
  }
}

variable "addresses" {
  description = <<-EOT
    The static addresses of the region, all of which are allocated at once, spares included, so that what is published
    never changes when a node is replaced.

    - form: "byoip" (a block of the operator's own, brought to this AWS region: the recommended form), "ipam" (a
      contiguous block of Amazon's) or "single" (single addresses of Amazon's).
    - count: how many.
    - cidr: byoip only, the block as it is published, such as 198.51.100.0/24.
    - pool_id: byoip, the EC2 pool of the brought block (ipv4pool-ec2-…); ipam, an IPAM pool that exists already.
    - netmask_length: ipam without pool_id, the size of the block.
  EOT
  type = object({
    form           = string
    count          = number
    cidr           = optional(string)
    pool_id        = optional(string)
    netmask_length = optional(number)
  })

  validation {
    condition     = contains(["byoip", "ipam", "single"], var.addresses.form)
    error_message = "The form is byoip, ipam or single."
  }

  validation {
    condition     = var.addresses.count >= 1 && var.addresses.count <= 256 && floor(var.addresses.count) == var.addresses.count
    error_message = "There are 1 to 256 addresses."
  }

  validation {
    condition = var.addresses.form != "byoip" || (
      can(regex("^ipv4pool-ec2-[0-9a-f]+$", var.addresses.pool_id)) &&
      can(cidrhost(var.addresses.cidr, 0)) &&
      !strcontains(coalesce(var.addresses.cidr, ":"), ":") &&
      try(cidrhost(var.addresses.cidr, 0) == split("/", var.addresses.cidr)[0], false)
    )
    error_message = "A brought block needs pool_id (ipv4pool-ec2-…) and cidr, whose host bits are zero."
  }

  validation {
    condition     = var.addresses.form != "byoip" || try(var.addresses.count <= pow(2, 32 - tonumber(split("/", var.addresses.cidr)[1])), false)
    error_message = "There are more addresses than the block has."
  }

  validation {
    condition = var.addresses.form != "ipam" || var.addresses.pool_id != null || try(
      var.addresses.netmask_length >= 24 && var.addresses.netmask_length <= 31 &&
      var.addresses.count <= pow(2, 32 - var.addresses.netmask_length),
      false,
    )
    error_message = "A block of Amazon's needs pool_id, or netmask_length from 24 to 31 with room for all addresses."
  }
}

variable "ipv6" {
  description = "Whether nodes have an IPv6 address as well. They go on advertising their IPv4 address: terraform/README.md says what that means."
  type        = bool
  default     = false
}

variable "ipv6_pool" {
  description = <<-EOT
    A block of the operator's own, brought to this AWS region; null: a /56 of Amazon's, which stays with the network.

    - pool_id: the EC2 pool (ipv6pool-ec2-…).
    - cidr: the /56 of it that this network takes.
  EOT
  type        = object({ pool_id = string, cidr = string })
  default     = null

  validation {
    condition = var.ipv6_pool == null || try(
      can(regex("^ipv6pool-ec2-[0-9a-f]+$", var.ipv6_pool.pool_id)) &&
      can(cidrhost(var.ipv6_pool.cidr, 0)) && strcontains(var.ipv6_pool.cidr, ":") && endswith(var.ipv6_pool.cidr, "/56"),
      false,
    )
    error_message = "A brought block needs pool_id (ipv6pool-ec2-…) and cidr, an IPv6 block of /56."
  }

  validation {
    condition     = var.ipv6_pool == null || var.ipv6
    error_message = "A pool of IPv6 needs ipv6 = true."
  }
}

variable "rtp_ports" {
  description = "First and last UDP port of media, as TRUNKLINE_RTP_PORTS of the nodes."
  type        = object({ first = number, last = number })
  default     = { first = 10000, last = 19999 }

  validation {
    condition     = var.rtp_ports.first >= 1024 && var.rtp_ports.first % 2 == 0 && var.rtp_ports.last <= 65535 && var.rtp_ports.last > var.rtp_ports.first
    error_message = "The range begins with an even port of at least 1024 and ends at 65535 at most."
  }
}

variable "sip_transports" {
  description = "How SIP is taken: tls (TCP 5061), tcp (5060), udp (5060)."
  type        = set(string)
  default     = ["tls", "tcp"]

  validation {
    condition     = length(var.sip_transports) > 0 && length(setsubtract(var.sip_transports, ["tls", "tcp", "udp"])) == 0
    error_message = "The transports are some of tls, tcp and udp."
  }
}

variable "stun" {
  description = "Whether nodes answer STUN (UDP 3478), so that customers can prove that UDP passes. The Worker's binding STUN=1 publishes the rule."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}

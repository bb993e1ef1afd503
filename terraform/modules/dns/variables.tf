variable "domain" {
  description = "Domain of the deployment, such as example.net."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain is a name such as example.net, in lower case."
  }
}

variable "zone_id" {
  description = "The public Route 53 zone of the domain."
  type        = string
}

variable "regions" {
  description = "Regions by their code, each with the static address of every node by the node's name."
  type        = map(map(string))

  validation {
    condition = alltrue(flatten([
      for nodes in values(var.regions) : [for address in values(nodes) : can(cidrhost("${address}/32", 0)) && !strcontains(address, ":")]
    ]))
    error_message = "Each node has an IPv4 address."
  }

  validation {
    condition     = alltrue([for code, nodes in var.regions : can(regex("^[a-z][a-z0-9-]{1,15}$", code)) && length(nodes) > 0])
    error_message = "A region has a code such as eu and at least one node."
  }
}

variable "ipv6_addresses" {
  description = "As regions: IPv6 addresses of those nodes that have one. Only of nodes that are up with it: whoever finds an AAAA record tries it first."
  type        = map(map(string))
  default     = {}

  validation {
    condition = alltrue(flatten([
      for nodes in values(var.ipv6_addresses) : [for address in values(nodes) : can(cidrhost("${address}/128", 0)) && strcontains(address, ":")]
    ]))
    error_message = "Each of them has an IPv6 address."
  }

  validation {
    condition = alltrue(flatten([
      for code, nodes in var.ipv6_addresses : [for name in keys(nodes) : can(var.regions[code][name])]
    ]))
    error_message = "Each of them is a node of regions."
  }
}

variable "sip_transports" {
  description = "How SIP is taken: tls, tcp, udp. A transport that is not there has no NAPTR record."
  type        = set(string)
  default     = ["tls", "tcp"]

  validation {
    condition     = length(var.sip_transports) > 0 && length(setsubtract(var.sip_transports, ["tls", "tcp", "udp"])) == 0
    error_message = "The transports are some of tls, tcp and udp."
  }
}

variable "ttl" {
  description = "Seconds for which resolvers may keep the records of nodes."
  type        = number
  default     = 60

  validation {
    condition     = var.ttl >= 10 && var.ttl <= 86400
    error_message = "The time is 10 seconds to a day."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}

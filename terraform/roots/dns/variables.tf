# Explained in modules/dns/variables.tf, which also checks them.

variable "environment" {
  description = "Such as production."
  type        = string
}

variable "domain" {
  description = "Of the deployment."
  type        = string
}

variable "zone_id" {
  description = "The domain's public zone."
  type        = string
}

variable "regions" {
  description = "Each region's nodes and their static addresses."
  type        = map(map(string))
}

variable "ipv6_addresses" {
  description = "Nodes' IPv6 addresses, where they have one."
  type        = map(map(string))
  default     = {}
}

variable "sip_transports" {
  description = "How SIP is taken."
  type        = set(string)
  default     = ["tls", "tcp"]
}

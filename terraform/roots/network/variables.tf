# Explained in modules/network/variables.tf, which also checks them.

variable "environment" {
  description = "Such as production."
  type        = string
}

variable "region_code" {
  description = "us, eu or in."
  type        = string
}

variable "aws_region" {
  description = "Such as eu-central-1."
  type        = string
}

variable "vpc_cidr" {
  description = "Private addresses; different in each region."
  type        = string
}

variable "availability_zones" {
  description = "Zones that nodes may stand in."
  type        = list(string)
}

variable "addresses" {
  description = "The static addresses."
  type = object({
    form           = string
    count          = number
    cidr           = optional(string)
    pool_id        = optional(string)
    netmask_length = optional(number)
  })
}

variable "stun" {
  description = "Whether nodes answer STUN."
  type        = bool
  default     = false
}

variable "ipv6" {
  description = "Whether nodes have an IPv6 address as well."
  type        = bool
  default     = false
}

variable "ipv6_pool" {
  description = "A brought block for it; null: a block of Amazon's."
  type        = object({ pool_id = string, cidr = string })
  default     = null
}

variable "sip_transports" {
  description = "How SIP is taken."
  type        = set(string)
  default     = ["tls", "tcp"]
}

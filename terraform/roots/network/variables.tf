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

variable "sip_transports" {
  description = "How SIP is taken."
  type        = set(string)
  default     = ["tls", "tcp"]
}

# Names of one environment, over all its regions.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { "trunkline:environment" = var.environment }
  }
}

module "dns" {
  source = "../../modules/dns"

  domain         = var.domain
  zone_id        = var.zone_id
  regions        = var.regions
  ipv6_addresses = var.ipv6_addresses
  sip_transports = var.sip_transports
}

output "challenge_zone" {
  description = "For the nodes' certificates."
  value       = module.dns.challenge_zone
}

output "sip_fqdns" {
  description = "What callers dial."
  value       = module.dns.sip_fqdns
}

output "reconciler_policy_arn" {
  description = "For the control plane's key."
  value       = module.dns.reconciler_policy_arn
}

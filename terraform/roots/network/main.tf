# One region's network, with a state of its own: what holds the addresses. Applied once, and when addresses are added.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6"
    }
  }

  # The bucket and key are given at init: terraform/README.md.
  backend "s3" {}
}

provider "aws" {
  region = var.aws_region

  default_tags {
    tags = { "trunkline:environment" = var.environment }
  }
}

module "network" {
  source = "../../modules/network"

  name               = "trunkline-${var.environment}-${var.region_code}"
  region_code        = var.region_code
  vpc_cidr           = var.vpc_cidr
  availability_zones = var.availability_zones
  addresses          = var.addresses
  sip_transports     = var.sip_transports
  stun               = var.stun
  ipv6               = var.ipv6
  ipv6_pool          = var.ipv6_pool
}

output "network" {
  description = "For the nodes of the region."
  value       = module.network
}

# A brought /24 in one region, all of its addresses allocated and published from the start.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 6"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

module "network" {
  source = "../../modules/network"

  name               = "trunkline-byoip-eu"
  region_code        = "eu"
  availability_zones = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]

  addresses = {
    form    = "byoip"
    count   = 256
    cidr    = "198.51.100.0/24"
    pool_id = "ipv4pool-ec2-00000000000000000"
  }
}

output "static_ipv4_cidrs" {
  description = "What to publish."
  value       = module.network.static_ipv4_cidrs
}

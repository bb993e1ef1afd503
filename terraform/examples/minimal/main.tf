# One region, one node, one address of Amazon's: enough to try with a carrier. In one state, for brevity; in earnest the
# network has its own, so that no change of a node can release an address (roots/).

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

locals {
  domain = "example.net"
}

module "network" {
  source = "../../modules/network"

  name               = "trunkline-minimal"
  region_code        = "eu"
  availability_zones = ["eu-central-1a"]
  addresses          = { form = "single", count = 1 }
}

module "dns" {
  source = "../../modules/dns"

  domain  = local.domain
  zone_id = "Z00000000000000000000"
  regions = { eu = { n1 = module.network.addresses["00"].public_ip } }
}

module "nodes" {
  source = "../../modules/media-node"

  name                  = "trunkline-minimal"
  region_code           = "eu"
  domain                = local.domain
  network               = module.network
  control_plane_url     = "https://control.example.net"
  join_token_parameters = { n1 = "/trunkline/minimal/join/n1" }
  certificates          = merge({ email = "operations@example.net" }, module.dns.challenge_zone)

  nodes = {
    n1 = {
      address           = "00"
      availability_zone = "eu-central-1a"
      image_id          = "ami-00000000000000000"
      release           = { url = "https://releases.example.net/trunkline-0.1.0.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
    }
  }

  depends_on = [module.dns]
}

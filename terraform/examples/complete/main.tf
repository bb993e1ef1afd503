# Three regions, two nodes each, on brought blocks. One configuration here, so that one plan shows all that it makes;
# roots/ and environments/ are the same in states of their own.

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
  alias  = "us"
  region = "us-east-1"
}

provider "aws" {
  alias  = "eu"
  region = "eu-central-1"
}

provider "aws" {
  alias  = "in"
  region = "ap-south-1"
}

locals {
  domain = "example.net"

  release = {
    url    = "https://releases.example.net/trunkline-0.1.0.tar.gz"
    sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }

  # Images and pools are of one AWS region each.
  regions = {
    us = { aws_region = "us-east-1", vpc_cidr = "10.64.0.0/20", cidr = "192.0.2.0/24", image_id = "ami-00000000000000001" }
    eu = { aws_region = "eu-central-1", vpc_cidr = "10.64.16.0/20", cidr = "198.51.100.0/24", image_id = "ami-00000000000000002" }
    in = { aws_region = "ap-south-1", vpc_cidr = "10.64.32.0/20", cidr = "203.0.113.0/24", image_id = "ami-00000000000000003" }
  }

  networks = {
    for code, region in local.regions : code => {
      availability_zones = ["${region.aws_region}a", "${region.aws_region}b"]
      addresses          = { form = "byoip", count = 256, cidr = region.cidr, pool_id = "ipv4pool-ec2-00000000000000000" }
    }
  }

  nodes = {
    for code, region in local.regions : code => {
      n1 = { address = "01", availability_zone = "${region.aws_region}a", image_id = region.image_id, release = local.release }
      n2 = { address = "02", availability_zone = "${region.aws_region}b", image_id = region.image_id, release = local.release }
    }
  }

  join_tokens  = { for code in keys(local.regions) : code => { for name in ["n1", "n2"] : name => "/trunkline/complete/${code}/join/${name}" } }
  certificates = merge({ email = "operations@example.net" }, module.dns.challenge_zone)
}

module "network_us" {
  source    = "../../modules/network"
  providers = { aws = aws.us }

  name               = "trunkline-complete-us"
  region_code        = "us"
  vpc_cidr           = local.regions.us.vpc_cidr
  availability_zones = local.networks.us.availability_zones
  addresses          = local.networks.us.addresses
  stun               = true
}

module "network_eu" {
  source    = "../../modules/network"
  providers = { aws = aws.eu }

  name               = "trunkline-complete-eu"
  region_code        = "eu"
  vpc_cidr           = local.regions.eu.vpc_cidr
  availability_zones = local.networks.eu.availability_zones
  addresses          = local.networks.eu.addresses
  stun               = true
}

module "network_in" {
  source    = "../../modules/network"
  providers = { aws = aws.in }

  name               = "trunkline-complete-in"
  region_code        = "in"
  vpc_cidr           = local.regions.in.vpc_cidr
  availability_zones = local.networks.in.availability_zones
  addresses          = local.networks.in.addresses
  stun               = true
}

module "dns" {
  source    = "../../modules/dns"
  providers = { aws = aws.us }

  domain  = local.domain
  zone_id = "Z00000000000000000000"

  regions = {
    for code, network in { us = module.network_us, eu = module.network_eu, in = module.network_in } : code => {
      for name, node in local.nodes[code] : name => network.addresses[node.address].public_ip
    }
  }
}

module "nodes_us" {
  source    = "../../modules/media-node"
  providers = { aws = aws.us }

  name                  = "trunkline-complete-us"
  region_code           = "us"
  domain                = local.domain
  network               = module.network_us
  nodes                 = local.nodes.us
  control_plane_url     = "https://control.example.net"
  join_token_parameters = local.join_tokens.us
  certificates          = local.certificates
}

module "nodes_eu" {
  source    = "../../modules/media-node"
  providers = { aws = aws.eu }

  name                  = "trunkline-complete-eu"
  region_code           = "eu"
  domain                = local.domain
  network               = module.network_eu
  nodes                 = local.nodes.eu
  control_plane_url     = "https://control.example.net"
  join_token_parameters = local.join_tokens.eu
  certificates          = local.certificates
}

module "nodes_in" {
  source    = "../../modules/media-node"
  providers = { aws = aws.in }

  name                  = "trunkline-complete-in"
  region_code           = "in"
  domain                = local.domain
  network               = module.network_in
  nodes                 = local.nodes.in
  control_plane_url     = "https://control.example.net"
  join_token_parameters = local.join_tokens.in
  certificates          = local.certificates
}

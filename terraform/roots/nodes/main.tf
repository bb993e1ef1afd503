# One region's media nodes. Applied for each node that is added, replaced or taken away, one at a time.

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
  region = var.aws_region

  default_tags {
    tags = { "trunkline:environment" = var.environment }
  }
}

data "terraform_remote_state" "network" {
  backend = "s3"
  config = {
    bucket = var.state_bucket
    region = var.state_region
    key    = "${var.environment}/${var.region_code}/network.tfstate"
  }
}

data "terraform_remote_state" "dns" {
  backend = "s3"
  config = {
    bucket = var.state_bucket
    region = var.state_region
    key    = "${var.environment}/dns.tfstate"
  }
}

module "nodes" {
  source = "../../modules/media-node"

  name                  = "trunkline-${var.environment}-${var.region_code}"
  region_code           = var.region_code
  domain                = var.domain
  network               = data.terraform_remote_state.network.outputs.network
  nodes                 = var.nodes
  control_plane_url     = var.control_plane_url
  join_token_parameters = { for name in keys(var.nodes) : name => "/trunkline/${var.environment}/${var.region_code}/join/${name}" }
  certificates          = merge({ email = var.acme_email }, data.terraform_remote_state.dns.outputs.challenge_zone)
  recordings_bucket     = var.recordings_bucket
  logs_url              = var.logs_url
  metrics_url           = var.metrics_url
  settings              = var.settings
}

output "nodes" {
  description = "Every node."
  value       = module.nodes.nodes
}

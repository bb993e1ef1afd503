# A customer's side: a PBX in a VPC that hears Trunkline and nobody else. The feed is kept in the repository, so that
# each change of it is a change that somebody has seen; a scheduled job fetches it:
#   curl -fsSO https://sip.example.net/network/ip-ranges.json

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

variable "pbx_security_group_id" {
  description = "Security group of the PBX."
  type        = string
}

module "trunkline" {
  source = "../../modules/allowlist"

  feed    = file("${path.module}/ip-ranges.json")
  regions = ["eu"]
}

resource "aws_vpc_security_group_ingress_rule" "sip" {
  security_group_id = var.pbx_security_group_id
  description       = "SIP over TLS from Trunkline"
  ip_protocol       = "tcp"
  from_port         = 5061
  to_port           = 5061
  prefix_list_id    = module.trunkline.prefix_list_ids["IPv4"]
}

resource "aws_vpc_security_group_ingress_rule" "media" {
  security_group_id = var.pbx_security_group_id
  description       = "Media from Trunkline"
  ip_protocol       = "udp"
  from_port         = 16384
  to_port           = 32767
  prefix_list_id    = module.trunkline.prefix_list_ids["IPv4"]
}

mock_provider "aws" {
  alias = "us"
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
}
mock_provider "aws" {
  alias = "eu"
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}
mock_provider "aws" {
  alias = "in"
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "ap-south-1" }
  }
}

run "three_regions_with_a_block_each" {
  command = plan

  assert {
    condition = (
      module.network_us.static_ipv4_cidrs == tolist(["192.0.2.0/24"]) &&
      module.network_eu.static_ipv4_cidrs == tolist(["198.51.100.0/24"]) &&
      module.network_in.static_ipv4_cidrs == tolist(["203.0.113.0/24"])
    )
    error_message = "Each region has its own block."
  }
  assert {
    condition     = length(module.dns.sip_fqdns.regional) == 3 && length(module.dns.node_fqdns) == 6
    error_message = "Six nodes have names, and each region has one that callers dial."
  }
}

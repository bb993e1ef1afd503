mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  name               = "trunkline-test-eu"
  region_code        = "eu"
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  addresses          = { form = "single", count = 3 }
}

run "every_address_is_allocated_at_once_and_ipv6_is_not_there" {
  command = plan

  assert {
    condition     = join(",", sort(keys(aws_eip.node))) == "00,01,02"
    error_message = "Three addresses are asked for, by keys that never change."
  }
  assert {
    condition = (
      length(aws_vpc_ipv6_cidr_block_association.this) == 0 &&
      length(aws_vpc_security_group_ingress_rule.media_ipv6) == 0 &&
      length(output.static_ipv6_cidrs) == 0
    )
    error_message = "Without ipv6 there is no block, no rule and nothing to publish."
  }
}

run "media_and_the_chosen_transports_are_let_in" {
  command = plan

  assert {
    condition     = join(",", sort(keys(aws_vpc_security_group_ingress_rule.media))) == "media,sip-tcp,sip-tls"
    error_message = "SIP over UDP is closed unless it is asked for."
  }
  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.media["media"].from_port == 10000 &&
      aws_vpc_security_group_ingress_rule.media["media"].to_port == 19999
    )
    error_message = "Media are let in at the ports of the nodes."
  }
}

run "what_nodes_say_to_each_other_is_for_them_alone" {
  command = plan

  assert {
    condition = (
      join(",", keys(aws_vpc_security_group_ingress_rule.between_nodes)) == "relay" &&
      aws_vpc_security_group_ingress_rule.between_nodes["relay"].from_port == 5071 &&
      aws_vpc_security_group_ingress_rule.between_nodes["relay"].cidr_ipv4 == null
    )
    error_message = "The private port is open to the group of the nodes and to no address."
  }
}

run "udp_opens_its_port" {
  command = plan
  variables {
    sip_transports = ["udp", "tls"]
    rtp_ports      = { first = 20000, last = 29999 }
  }

  assert {
    condition     = join(",", sort(keys(aws_vpc_security_group_ingress_rule.media))) == "media,sip-tls,sip-udp"
    error_message = "UDP is open, TCP in clear is not."
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.media["media"].to_port == 29999
    error_message = "The range of the nodes is the one that is open."
  }
}

run "stun_opens_its_port_where_it_is_wanted" {
  command = plan
  variables {
    stun = true
  }

  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.media["stun"].from_port == 3478 &&
      aws_vpc_security_group_ingress_rule.media["stun"].to_port == 3478 &&
      aws_vpc_security_group_ingress_rule.media["stun"].ip_protocol == "udp"
    )
    error_message = "STUN is one UDP port."
  }
}

run "a_brought_block_is_used_whole" {
  command = plan
  variables {
    addresses = {
      form    = "byoip"
      count   = 256
      cidr    = "198.51.100.0/24"
      pool_id = "ipv4pool-ec2-0123456789abcdef0"
    }
  }

  assert {
    condition     = length(aws_eip.node) == 256 && aws_eip.node["ff"].public_ipv4_pool == "ipv4pool-ec2-0123456789abcdef0"
    error_message = "All 256 addresses come from the brought block."
  }
  assert {
    condition     = output.static_ipv4_cidrs == tolist(["198.51.100.0/24"])
    error_message = "The block is published as one."
  }
}

run "a_contiguous_block_has_a_pool_of_its_own" {
  command = plan
  variables {
    addresses = { form = "ipam", count = 16, netmask_length = 28 }
  }

  assert {
    condition = (
      aws_vpc_ipam_pool.contiguous[0].public_ip_source == "amazon" &&
      aws_vpc_ipam_pool.contiguous[0].locale == "eu-central-1" &&
      aws_vpc_ipam_pool_cidr.contiguous[0].netmask_length == 28
    )
    error_message = "Amazon provides a contiguous /28 in this region."
  }
}

run "a_block_too_small_is_refused" {
  command = plan
  variables {
    addresses = { form = "ipam", count = 17, netmask_length = 28 }
  }
  expect_failures = [var.addresses]
}

run "host_bits_are_refused" {
  command = plan
  variables {
    addresses = { form = "byoip", count = 1, cidr = "198.51.100.1/24", pool_id = "ipv4pool-ec2-0" }
  }
  expect_failures = [var.addresses]
}

run "an_odd_first_port_is_refused" {
  command = plan
  variables {
    rtp_ports = { first = 10001, last = 19999 }
  }
  expect_failures = [var.rtp_ports]
}

run "an_unknown_transport_is_refused" {
  command = plan
  variables {
    sip_transports = ["ws"]
  }
  expect_failures = [var.sip_transports]
}

run "amazon_gives_a_block_of_ipv6" {
  command = plan
  variables {
    ipv6 = true
  }

  assert {
    condition     = aws_vpc_ipv6_cidr_block_association.this[0].assign_generated_ipv6_cidr_block
    error_message = "Without a pool the block is Amazon's."
  }
}

run "a_brought_block_of_ipv6_has_a_64_for_each_zone" {
  command = plan
  variables {
    ipv6      = true
    ipv6_pool = { pool_id = "ipv6pool-ec2-0123456789abcdef0", cidr = "2001:db8:1:2a00::/56" }
  }

  assert {
    condition = (
      aws_subnet.public["eu-central-1a"].ipv6_cidr_block == "2001:db8:1:2a00::/64" &&
      aws_subnet.public["eu-central-1b"].ipv6_cidr_block == "2001:db8:1:2a01::/64" &&
      output.static_ipv6_cidrs == ["2001:db8:1:2a00::/64", "2001:db8:1:2a01::/64"]
    )
    error_message = "Zones take their /64 in order, and they are what is published."
  }
  assert {
    condition = (
      keys(aws_vpc_security_group_ingress_rule.media_ipv6) == keys(aws_vpc_security_group_ingress_rule.media) &&
      alltrue([
        for id, rule in aws_vpc_security_group_ingress_rule.media_ipv6 :
        rule.cidr_ipv6 == "::/0" && rule.from_port == aws_vpc_security_group_ingress_rule.media[id].from_port
      ])
    )
    error_message = "What is open by IPv4 is open by IPv6, and nothing else."
  }
}

run "a_block_of_ipv6_of_another_size_is_refused" {
  command = plan
  variables {
    ipv6      = true
    ipv6_pool = { pool_id = "ipv6pool-ec2-0", cidr = "2001:db8::/48" }
  }
  expect_failures = [var.ipv6_pool]
}

run "a_pool_without_ipv6_is_refused" {
  command = plan
  variables {
    ipv6_pool = { pool_id = "ipv6pool-ec2-0", cidr = "2001:db8:1:2a00::/56" }
  }
  expect_failures = [var.ipv6_pool]
}

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  name        = "trunkline-test-eu"
  region_code = "eu"
  domain      = "example.net"
  network = {
    subnet_ids        = { "eu-central-1a" = "subnet-1", "eu-central-1b" = "subnet-2" }
    security_group_id = "sg-1"
    addresses = {
      "00" = { allocation_id = "eipalloc-0", public_ip = "198.51.100.1" }
      "01" = { allocation_id = "eipalloc-1", public_ip = "198.51.100.2" }
    }
    rtp_ports      = { first = 10000, last = 19999 }
    sip_transports = ["tls", "tcp"]
  }
  nodes = {
    "n1" = {
      address           = "00"
      availability_zone = "eu-central-1a"
      image_id          = "ami-0123456789abcdef0"
      release           = { url = "https://releases.example.net/1.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000001" }
    }
    "n2" = {
      address           = "01"
      availability_zone = "eu-central-1b"
      image_id          = "ami-0123456789abcdef0"
      release           = { url = "https://releases.example.net/1.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000001" }
    }
  }
  control_plane_url     = "https://control.example.net"
  join_token_parameters = { n1 = "/trunkline/join/n1", n2 = "/trunkline/join/n2" }
  certificates          = { email = "ops@example.net", zone_id = "Z1", zone_name = "acme.example.net" }
}

run "each_node_has_its_own_static_address" {
  command = plan

  assert {
    condition = (
      aws_eip_association.node["n1"].allocation_id == "eipalloc-0" &&
      aws_eip_association.node["n2"].allocation_id == "eipalloc-1" &&
      aws_eip_association.node["n1"].allow_reassociation == false
    )
    error_message = "An address is its node's and is never taken from under another."
  }
  assert {
    condition     = strcontains(output.user_data["n2"], "TRUNKLINE_ADVERTISED_ADDRESS=\"198.51.100.2\"")
    error_message = "A node says in SIP and SDP what its address is."
  }
  assert {
    condition = (
      output.nodes["n1"].ipv6_address == null &&
      !strcontains(output.user_data["n1"], "TRUNKLINE_BIND_ADDRESS") &&
      !strcontains(output.user_data["n1"], "dport 546")
    )
    error_message = "IPv6 is nowhere unless the network has it."
  }
}

run "a_node_answers_no_stun_that_its_network_does_not_let_in" {
  command = plan

  assert {
    condition     = !strcontains(output.user_data["n1"], "TRUNKLINE_STUN_PORT") && !strcontains(output.user_data["n1"], "3478")
    error_message = "Neither node nor firewall has a port of STUN."
  }
}

run "a_node_answers_stun_where_its_network_lets_it_in" {
  command = plan
  variables {
    network = {
      subnet_ids        = { "eu-central-1a" = "subnet-1", "eu-central-1b" = "subnet-2" }
      security_group_id = "sg-1"
      addresses = {
        "00" = { allocation_id = "eipalloc-0", public_ip = "198.51.100.1" }
        "01" = { allocation_id = "eipalloc-1", public_ip = "198.51.100.2" }
      }
      rtp_ports      = { first = 10000, last = 19999 }
      sip_transports = ["tls", "tcp"]
      stun           = true
    }
  }

  assert {
    condition = (
      strcontains(output.user_data["n1"], "TRUNKLINE_STUN_PORT=\"3478\"") &&
      strcontains(output.user_data["n1"], "udp dport 3478 limit rate 500/second")
    )
    error_message = "Node and firewall have the same port."
  }
}

run "a_node_answers_challenges_for_its_own_names_only" {
  command = plan

  assert {
    condition = (
      jsondecode(aws_iam_role_policy.node["n1"].policy).Statement[1].Condition["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]
      == ["n1.eu.acme.example.net", "sip.acme.example.net", "sip-static.acme.example.net", "sip.eu.residency.acme.example.net"]
    )
    error_message = "A node that is taken over can prove no other node's name."
  }
  assert {
    condition     = endswith(jsondecode(aws_iam_role_policy.node["n2"].policy).Statement[0].Resource[0], ":parameter/trunkline/join/n2")
    error_message = "It reads no other node's join token."
  }
}

run "an_instance_is_closed" {
  command = plan

  assert {
    condition = (
      aws_instance.node["n1"].metadata_options[0].http_tokens == "required" &&
      aws_instance.node["n1"].root_block_device[0].encrypted
    )
    error_message = "Credentials of the role cannot be fetched by a forged request, and the disk is encrypted."
  }
  assert {
    condition     = !strcontains(output.user_data["n1"], "ssh")
    error_message = "There is no SSH."
  }
}

run "the_first_boot_is_a_cloud_configuration_without_secrets" {
  command = plan

  assert {
    condition     = startswith(output.user_data["n1"], "#cloud-config\n") && length(output.user_data["n1"]) < 16000
    error_message = "cloud-init reads it, and it fits even uncompressed into the 16 kB of user data."
  }
  assert {
    condition     = yamldecode(output.user_data["n1"]).fqdn == "n1.eu.example.net"
    error_message = "The node's name is its label below the region and the domain."
  }
  assert {
    condition = contains(
      [for file in yamldecode(output.user_data["n1"]).write_files : file.path],
      "/etc/systemd/system/trunkline-node.service",
    )
    error_message = "The unit is there."
  }
}

run "logs_and_metrics_leave_only_where_they_are_asked_for" {
  command = plan

  assert {
    condition     = !contains(yamldecode(output.user_data["n1"]).packages, "prometheus")
    error_message = "Nothing is installed that is not used."
  }
}

run "metrics_are_shipped" {
  command = plan
  variables {
    metrics_url = "https://metrics.example.net/write"
    logs_url    = "https://logs.example.net"
  }

  assert {
    condition = (
      contains(yamldecode(output.user_data["n1"]).packages, "prometheus") &&
      contains(yamldecode(output.user_data["n1"]).packages, "systemd-journal-remote")
    )
    error_message = "Both ship with Debian's own programs."
  }
}

run "a_new_release_of_one_node_touches_no_other" {
  command = plan
  variables {
    nodes = {
      "n1" = {
        address           = "00"
        availability_zone = "eu-central-1a"
        image_id          = "ami-0123456789abcdef0"
        release           = { url = "https://releases.example.net/2.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000002" }
      }
      "n2" = {
        address           = "01"
        availability_zone = "eu-central-1b"
        image_id          = "ami-0123456789abcdef0"
        release           = { url = "https://releases.example.net/1.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000001" }
      }
    }
  }

  assert {
    condition     = output.user_data["n2"] == run.the_first_boot_is_a_cloud_configuration_without_secrets.user_data["n2"]
    error_message = "What n2 is told stays as it was."
  }
  assert {
    condition     = output.user_data["n1"] != run.the_first_boot_is_a_cloud_configuration_without_secrets.user_data["n1"]
    error_message = "n1 is told of its release."
  }
}

run "one_address_for_two_nodes_is_refused" {
  command = plan
  variables {
    nodes = {
      "n1" = { address = "00", availability_zone = "eu-central-1a", image_id = "ami-0123456789abcdef0", release = { url = "https://x.example/1", sha256 = "0000000000000000000000000000000000000000000000000000000000000001" } }
      "n2" = { address = "00", availability_zone = "eu-central-1a", image_id = "ami-0123456789abcdef0", release = { url = "https://x.example/1", sha256 = "0000000000000000000000000000000000000000000000000000000000000001" } }
    }
  }
  expect_failures = [var.nodes]
}

run "a_burstable_instance_is_refused" {
  command = plan
  variables {
    nodes = {
      "n1" = { address = "00", availability_zone = "eu-central-1a", instance_type = "t3.medium", image_id = "ami-0123456789abcdef0", release = { url = "https://x.example/1", sha256 = "0000000000000000000000000000000000000000000000000000000000000001" } }
    }
  }
  expect_failures = [aws_instance.node["n1"]]
}

run "a_secret_of_several_lines_is_no_setting" {
  command = plan
  variables {
    settings = { TRUNKLINE_LOG_LEVEL = "info\nEVIL=1" }
  }
  expect_failures = [var.settings]
}

run "with_ipv6_a_node_keeps_its_address_and_takes_both" {
  command = plan
  variables {
    network = {
      subnet_ids        = { "eu-central-1a" = "subnet-1", "eu-central-1b" = "subnet-2" }
      security_group_id = "sg-1"
      addresses = {
        "00" = { allocation_id = "eipalloc-0", public_ip = "198.51.100.1" }
        "01" = { allocation_id = "eipalloc-1", public_ip = "198.51.100.2" }
      }
      rtp_ports      = { first = 10000, last = 19999 }
      sip_transports = ["tls", "tcp"]
      ipv6_cidrs     = { "eu-central-1a" = "2001:db8:1:2a00::/64", "eu-central-1b" = "2001:db8:1:2a01::/64" }
    }
  }

  assert {
    condition = (
      aws_network_interface.node["n2"].ipv6_addresses == toset(["2001:db8:1:2a01::101"]) &&
      output.nodes["n1"].ipv6_address == "2001:db8:1:2a00::100"
    )
    error_message = "An address follows from zone and key."
  }
  assert {
    condition = (
      strcontains(output.user_data["n2"], "TRUNKLINE_BIND_ADDRESS=\"::\"") &&
      strcontains(output.user_data["n2"], "TRUNKLINE_ADVERTISED_ADDRESS=\"198.51.100.2\"") &&
      strcontains(output.user_data["n2"], "udp dport 546 accept")
    )
    error_message = "A node binds both families, advertises its IPv4 address and hears DHCPv6."
  }
}

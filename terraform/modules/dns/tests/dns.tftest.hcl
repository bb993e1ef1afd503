mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

variables {
  domain  = "example.net"
  zone_id = "Z1"
  regions = {
    eu = { n1 = "198.51.100.1", n2 = "198.51.100.2" }
    us = { n1 = "203.0.113.1" }
  }
}

run "every_dialled_name_offers_tls_first" {
  command = plan

  assert {
    condition = join(",", sort(keys(aws_route53_record.naptr))) == join(",", sort([
      "sip-static.example.net",
      "sip.eu.residency.example.net",
      "sip.example.net",
      "sip.us.residency.example.net",
    ]))
    error_message = "Shared names and each region's have NAPTR records."
  }
  assert {
    condition = aws_route53_record.naptr["sip.eu.residency.example.net"].records == toset([
      "10 50 \"s\" \"SIPS+D2T\" \"\" _sips._tcp.sip.eu.residency.example.net.",
      "20 50 \"s\" \"SIP+D2T\" \"\" _sip._tcp.sip.eu.residency.example.net.",
    ])
    error_message = "TLS has the lower order, and UDP is not offered."
  }
}

run "udp_is_offered_where_it_is_open" {
  command = plan
  variables {
    sip_transports = ["tls", "udp"]
  }

  assert {
    condition     = contains(aws_route53_record.naptr["sip.example.net"].records, "30 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.sip.example.net.")
    error_message = "UDP has its NAPTR record."
  }
}

run "nodes_of_two_regions_may_have_one_label" {
  command = plan

  assert {
    condition = (
      aws_route53_record.node["n1.eu"].records == toset(["198.51.100.1"]) &&
      aws_route53_record.node["n1.us"].name == "n1.us.example.net"
    )
    error_message = "A node's name has its region."
  }
}

run "challenges_are_delegated" {
  command = plan

  assert {
    condition     = aws_route53_record.challenge["n1.eu.example.net"].records == toset(["n1.eu.acme.example.net"])
    error_message = "A node writes into the delegated zone only."
  }
}

run "the_reconciler_touches_no_name_of_terraform" {
  command = plan

  assert {
    condition = length(setintersection(
      toset(jsondecode(aws_iam_policy.reconciler.policy).Statement[0].Condition["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]),
      toset([for record in aws_route53_record.node : record.name]),
    )) == 0
    error_message = "The A records of nodes are not the reconciler's."
  }
  assert {
    condition = !contains(
      jsondecode(aws_iam_policy.reconciler.policy).Statement[0].Condition["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsRecordTypes"],
      "NAPTR",
    )
    error_message = "Nor are NAPTR records."
  }
}

run "an_ipv6_address_is_refused" {
  command = plan
  variables {
    regions = { eu = { n1 = "2001:db8::1" } }
  }
  expect_failures = [var.regions]
}

run "a_node_with_ipv6_has_both_records" {
  command = plan
  variables {
    ipv6_addresses = { eu = { n2 = "2001:db8:1:2a00::101" } }
  }

  assert {
    condition = (
      join(",", keys(aws_route53_record.node_ipv6)) == "n2.eu" &&
      aws_route53_record.node_ipv6["n2.eu"].type == "AAAA" &&
      aws_route53_record.node_ipv6["n2.eu"].name == aws_route53_record.node["n2.eu"].name
    )
    error_message = "The AAAA record stands beside the A record of the same name, and only where there is an address."
  }
}

run "ipv6_of_a_node_that_is_not_there_is_refused" {
  command = plan
  variables {
    ipv6_addresses = { eu = { n9 = "2001:db8::1" } }
  }
  expect_failures = [var.ipv6_addresses]
}

run "ipv4_for_ipv6_is_refused" {
  command = plan
  variables {
    ipv6_addresses = { eu = { n1 = "198.51.100.1" } }
  }
  expect_failures = [var.ipv6_addresses]
}

mock_provider "aws" {}

variables {
  feed = <<-EOT
    {
      "version": 7,
      "prefixes": [
        { "prefix": "198.51.100.0/25", "region": "eu", "services": ["sip", "rtp"], "state": "active" },
        { "prefix": "198.51.100.128/26", "region": "us", "services": ["sip", "rtp", "webhook"], "state": "deprecated" },
        { "prefix": "203.0.113.0/27", "region": "in", "services": ["sip", "rtp"], "state": "pending" },
        { "prefix": "192.0.2.0/28", "region": "eu", "services": ["webhook"], "state": "active" },
        { "prefix": "2001:db8::/48", "region": "eu", "services": ["sip"], "state": "active" }
      ]
    }
  EOT
}

run "calls_of_all_regions_what_is_announced_included" {
  command = plan

  assert {
    condition     = output.prefixes == tolist(["198.51.100.0/25", "198.51.100.128/26", "2001:db8::/48", "203.0.113.0/27"])
    error_message = "What carries calls now, still or soon is allowed."
  }
  assert {
    condition     = length(aws_ec2_managed_prefix_list.this["IPv4"].entry) == 3 && length(aws_ec2_managed_prefix_list.this["IPv6"].entry) == 1
    error_message = "Each family has a list of its own."
  }
}

run "one_region_without_what_is_to_come" {
  command = plan
  variables {
    regions         = ["in", "us"]
    include_pending = false
  }

  assert {
    condition     = output.prefixes == tolist(["198.51.100.128/26"])
    error_message = "Only what is in use there."
  }
}

run "webhooks_only" {
  command = plan
  variables {
    services = ["webhook"]
  }

  assert {
    condition     = output.prefixes == tolist(["192.0.2.0/28", "198.51.100.128/26"])
    error_message = "Prefixes that webhooks come from."
  }
}

run "a_region_without_prefixes_is_an_error" {
  command = plan
  variables {
    regions = ["moon"]
  }
  expect_failures = [terraform_data.never_empty]
}

run "an_empty_feed_is_an_error" {
  command = plan
  variables {
    feed = "{\"version\": 8, \"prefixes\": []}"
  }
  expect_failures = [var.feed]
}

run "a_list_that_is_too_short_is_an_error" {
  command = plan
  variables {
    max_entries = 2
  }
  expect_failures = [aws_ec2_managed_prefix_list.this["IPv4"]]
}

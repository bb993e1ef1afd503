# For customers: the published block as prefix lists, for security groups and routes of their own.

locals {
  states = var.include_pending ? ["active", "pending", "deprecated"] : ["active", "deprecated"]

  allowed = {
    for row in jsondecode(var.feed).prefixes : row.prefix => row
    if contains(local.states, row.state) &&
    length(setintersection(toset(row.services), var.services)) > 0 &&
    (length(var.regions) == 0 || contains(var.regions, row.region))
  }

  families = {
    IPv4 = { for prefix, row in local.allowed : prefix => row if !strcontains(prefix, ":") }
    IPv6 = { for prefix, row in local.allowed : prefix => row if strcontains(prefix, ":") }
  }
}

resource "aws_ec2_managed_prefix_list" "this" {
  for_each = { for family, rows in local.families : family => rows if length(rows) > 0 }

  name           = "${var.name}-${lower(each.key)}"
  address_family = each.key
  max_entries    = var.max_entries
  tags           = merge(var.tags, { "trunkline:feed-version" = tostring(jsondecode(var.feed).version) })

  dynamic "entry" {
    for_each = each.value

    content {
      cidr        = entry.key
      description = "${entry.value.region} ${join(",", entry.value.services)}"
    }
  }

  lifecycle {
    precondition {
      condition     = length(each.value) <= var.max_entries
      error_message = "The feed has ${length(each.value)} ${each.key} prefixes: raise max_entries."
    }
  }
}

# An empty list would close the firewall: it is an error, not a result.
resource "terraform_data" "never_empty" {
  input = length(local.allowed)

  lifecycle {
    precondition {
      condition     = length(local.allowed) > 0
      error_message = "No prefix of the feed matches these regions and services."
    }
  }
}

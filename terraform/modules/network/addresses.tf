# The static addresses. They are protected: a plan that would release one fails.

locals {
  makes_ipam = var.addresses.form == "ipam" && var.addresses.pool_id == null
  ipam_pool_id = (
    var.addresses.form != "ipam" ? null :
    local.makes_ipam ? aws_vpc_ipam_pool.contiguous[0].id : var.addresses.pool_id
  )
  # Keys never change, whatever is added: "00", "01", …
  address_keys = [for index in range(var.addresses.count) : format("%02x", index)]
}

data "aws_region" "current" {}

resource "aws_vpc_ipam" "this" {
  count = local.makes_ipam ? 1 : 0

  description = "Static addresses of ${var.name}"
  tags        = local.tags

  operating_regions {
    region_name = data.aws_region.current.name
  }
}

resource "aws_vpc_ipam_pool" "contiguous" {
  count = local.makes_ipam ? 1 : 0

  description      = "Static addresses of ${var.name}"
  address_family   = "ipv4"
  ipam_scope_id    = aws_vpc_ipam.this[0].public_default_scope_id
  locale           = data.aws_region.current.name
  aws_service      = "ec2"
  public_ip_source = "amazon"
  tags             = local.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_vpc_ipam_pool_cidr" "contiguous" {
  count = local.makes_ipam ? 1 : 0

  ipam_pool_id   = aws_vpc_ipam_pool.contiguous[0].id
  netmask_length = var.addresses.netmask_length

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_eip" "node" {
  for_each = toset(local.address_keys)

  domain           = "vpc"
  public_ipv4_pool = var.addresses.form == "byoip" ? var.addresses.pool_id : null
  ipam_pool_id     = local.ipam_pool_id
  tags             = merge(local.tags, { Name = "${var.name}-${each.key}" })

  lifecycle {
    prevent_destroy = true
  }

  # The pool has nothing to give before its block is there.
  depends_on = [aws_vpc_ipam_pool_cidr.contiguous]
}

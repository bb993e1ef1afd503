# What the control plane's reconciler may change: SRV, A and AAAA sets of the dialled names, and the TXT records that mark
# them as its own.

data "aws_partition" "current" {}

locals {
  reconciled = concat(
    local.dialled_names,
    flatten([for row in local.naptr : [for name in local.dialled_names : "${row.prefix}.${name}"]]),
  )
  zone_arn = "arn:${data.aws_partition.current.partition}:route53:::hostedzone/${var.zone_id}"
}

resource "aws_iam_policy" "reconciler" {
  name_prefix = "trunkline-dns-reconciler-"
  description = "SRV and A sets of ${var.domain} that follow the state of media nodes"
  tags        = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ChangeOwnSets"
        Effect   = "Allow"
        Action   = ["route53:ChangeResourceRecordSets"]
        Resource = [local.zone_arn]
        Condition = {
          "ForAllValues:StringEquals" = {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames" = concat(local.reconciled, [for name in local.dialled_names : "_trunkline-owner.${name}"])
            "route53:ChangeResourceRecordSetsRecordTypes"           = ["A", "AAAA", "SRV", "TXT"]
          }
        }
      },
      {
        Sid      = "ReadThemBack"
        Effect   = "Allow"
        Action   = ["route53:ListResourceRecordSets", "route53:GetChange", "route53:GetHealthCheckStatus"]
        Resource = [local.zone_arn, "arn:${data.aws_partition.current.partition}:route53:::change/*", "arn:${data.aws_partition.current.partition}:route53:::healthcheck/*"]
      },
    ]
  })
}

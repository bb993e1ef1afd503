# What a node may do in AWS: read its own join token, answer ACME challenges for its own names, put recordings into the
# bucket, and be reached by Session Manager. There is no SSH.

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  arn            = "arn:${data.aws_partition.current.partition}"
  challenge_zone = "${local.arn}:route53:::hostedzone/${var.certificates.zone_id}"

  # Delegated names: _acme-challenge.<name> is an alias of <name without domain>.<zone>.
  challenge_names = {
    for name, node in local.node_names : name => [
      for full in concat([node], local.shared_names) : "${trimsuffix(full, ".${var.domain}")}.${var.certificates.zone_name}"
    ]
  }
}

locals {
  policies = {
    for name in keys(var.nodes) : name => {
      Version = "2012-10-17"
      Statement = concat([
        {
          Sid      = "ReadOwnJoinToken"
          Effect   = "Allow"
          Action   = ["ssm:GetParameter"]
          Resource = ["${local.arn}:ssm:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:parameter${lookup(var.join_token_parameters, name, "/none")}"]
        },
        {
          Sid      = "AnswerOwnChallenges"
          Effect   = "Allow"
          Action   = ["route53:ChangeResourceRecordSets"]
          Resource = [local.challenge_zone]
          Condition = {
            "ForAllValues:StringEquals" = {
              "route53:ChangeResourceRecordSetsNormalizedRecordNames" = local.challenge_names[name]
              "route53:ChangeResourceRecordSetsRecordTypes"           = ["TXT"]
            }
          }
        },
        {
          Sid      = "SeeThemTake"
          Effect   = "Allow"
          Action   = ["route53:GetChange", "route53:ListResourceRecordSets"]
          Resource = [local.challenge_zone, "${local.arn}:route53:::change/*"]
        },
        ], var.recordings_bucket == null ? [] : [{
          Sid      = "PutRecordings"
          Effect   = "Allow"
          Action   = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
          Resource = ["${local.arn}:s3:::${var.recordings_bucket}/*"]
      }])
    }
  }
}

resource "aws_iam_role" "node" {
  for_each = var.nodes

  name_prefix = substr("${var.name}-${each.key}-", 0, 38)
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
  tags = local.tags
}

resource "aws_iam_role_policy" "node" {
  for_each = var.nodes

  name   = "node"
  role   = aws_iam_role.node[each.key].id
  policy = jsonencode(local.policies[each.key])
}

resource "aws_iam_role_policy_attachment" "session_manager" {
  for_each = var.nodes

  role       = aws_iam_role.node[each.key].name
  policy_arn = "${local.arn}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "node" {
  for_each = var.nodes

  name_prefix = substr("${var.name}-${each.key}-", 0, 38)
  role        = aws_iam_role.node[each.key].name
  tags        = local.tags
}

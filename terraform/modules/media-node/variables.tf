variable "name" {
  description = "Prefix of the names of everything, such as trunkline-production-eu."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,40}$", var.name))
    error_message = "The name is 2 to 41 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "region_code" {
  description = "The region as numbers and callers know it: us, eu or in, or another of the operator's."
  type        = string
}

variable "domain" {
  description = "Domain of the deployment, such as example.net: nodes are <name>.<region>.<domain>, callers dial sip.<domain>."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "The domain is a name such as example.net, in lower case."
  }
}

variable "network" {
  description = "What the network module of the region gave: its outputs of the same names."
  type = object({
    subnet_ids        = map(string)
    security_group_id = string
    addresses         = map(object({ allocation_id = string, public_ip = string }))
    rtp_ports         = object({ first = number, last = number })
    sip_transports    = set(string)
    stun              = optional(bool, false)
    ipv6_cidrs        = optional(map(string), {})
  })
}

variable "nodes" {
  description = <<-EOT
    The nodes, by name. Each states its own release and image: changing one entry replaces that one node, and nodes are
    replaced one at a time, after a drain (terraform/README.md).

    - address: key of a static address of the network, which the node keeps for as long as it is named here.
    - availability_zone: where it stands.
    - instance_type: default c7a.large.
    - image_id: a Debian 12 image, amd64, of this AWS region.
    - release: the node's package, built by `npm run release`.
    - generation: any text; changing it replaces the node with the same release.
  EOT
  type = map(object({
    address           = string
    availability_zone = string
    instance_type     = optional(string, "c7a.large")
    image_id          = string
    release           = object({ url = string, sha256 = string })
    generation        = optional(string, "1")
  }))

  validation {
    condition     = alltrue([for name, node in var.nodes : can(regex("^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$", name))])
    error_message = "A node's name is a label of the DNS: 1 to 32 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = length(distinct([for node in var.nodes : node.address])) == length(var.nodes)
    error_message = "Two nodes cannot have one address."
  }

  validation {
    condition     = alltrue([for node in var.nodes : contains(keys(var.network.addresses), node.address)])
    error_message = "A node names an address that the network does not have."
  }

  validation {
    condition     = alltrue([for node in var.nodes : contains(keys(var.network.subnet_ids), node.availability_zone)])
    error_message = "A node stands in an availability zone that has no subnet."
  }

  validation {
    condition     = alltrue([for node in var.nodes : can(regex("^ami-[0-9a-f]{8,17}$", node.image_id))])
    error_message = "An image is pinned by its id, ami-…."
  }

  validation {
    condition = alltrue([
      for node in var.nodes : startswith(node.release.url, "https://") && can(regex("^[0-9a-f]{64}$", node.release.sha256))
    ])
    error_message = "A release is an https: URL and the SHA-256 of what is there, in 64 hexadecimal digits."
  }
}

variable "control_plane_url" {
  description = "URL of the control plane."
  type        = string

  validation {
    condition     = can(regex("^https://[^/]+$", var.control_plane_url))
    error_message = "The control plane is an https: URL without a path."
  }
}

variable "join_token_parameters" {
  description = <<-EOT
    For each node the name of an SSM parameter (SecureString) with its join token, put there by the operator: a token
    enrols one node once, and is no part of this state.
  EOT
  type        = map(string)

  validation {
    condition     = alltrue([for parameter in values(var.join_token_parameters) : can(regex("^/[A-Za-z0-9_./-]+$", parameter))])
    error_message = "A parameter's name begins with a slash."
  }
}

variable "certificates" {
  description = <<-EOT
    How nodes get their certificates: ACME, DNS-01, through the delegated zone that the dns module made.

    - email: of the ACME account.
    - server: directory URL of the authority.
    - zone_id: of the delegated zone.
    - zone_name: its name, such as acme.example.net.
  EOT
  type = object({
    email     = string
    server    = optional(string, "https://acme-v02.api.letsencrypt.org/directory")
    zone_id   = string
    zone_name = string
  })
}

variable "drain_seconds" {
  description = "How long calls may go on after a stop is asked for."
  type        = number
  default     = 3600

  validation {
    condition     = var.drain_seconds >= 0 && var.drain_seconds <= 86400
    error_message = "A drain takes 0 seconds to a day."
  }
}

variable "recordings_bucket" {
  description = "Name of the S3 bucket that recordings go to; null: nodes may write to none."
  type        = string
  default     = null
}

variable "logs_url" {
  description = "Where the journal is shipped, a systemd-journal-remote over https; null: it stays on the node."
  type        = string
  default     = null

  validation {
    condition     = var.logs_url == null || try(startswith(var.logs_url, "https://"), false)
    error_message = "Logs leave over https only."
  }
}

variable "metrics_url" {
  description = "Where metrics are written (Prometheus remote write, https); null: they are scraped on the node or not at all."
  type        = string
  default     = null

  validation {
    condition     = var.metrics_url == null || try(startswith(var.metrics_url, "https://"), false)
    error_message = "Metrics leave over https only."
  }
}

variable "settings" {
  description = "Further settings of every node, as docs/configuration.md has them. No secrets: they are readable on the node."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([
      for name, value in var.settings :
      can(regex("^TRUNKLINE_[A-Z0-9_]+$", name)) && !can(regex("[\n\r\"\\\\$]", value))
    ])
    error_message = "A setting is a variable TRUNKLINE_… with a value of one line, without quotes, backslashes and dollar signs."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}

variable "reverse_names" {
  description = "Whether each address is named after its node in the reverse DNS. The forward names must be there: apply dns first."
  type        = bool
  default     = true
}

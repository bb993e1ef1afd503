# Explained in modules/media-node/variables.tf, which also checks them.

variable "environment" {
  description = "Such as production."
  type        = string
}

variable "region_code" {
  description = "us, eu or in."
  type        = string
}

variable "aws_region" {
  description = "Such as eu-central-1."
  type        = string
}

variable "state_bucket" {
  description = "Where the states of network and dns are."
  type        = string
}

variable "state_region" {
  description = "AWS region of that bucket."
  type        = string
}

variable "domain" {
  description = "Of the deployment."
  type        = string
}

variable "control_plane_url" {
  description = "Of the control plane."
  type        = string
}

variable "acme_email" {
  description = "Of the ACME account."
  type        = string
}

variable "nodes" {
  description = "The nodes, by name."
  type = map(object({
    address           = string
    availability_zone = string
    instance_type     = optional(string, "c7a.large")
    image_id          = string
    release           = object({ url = string, sha256 = string })
    generation        = optional(string, "1")
  }))
}

variable "recordings_bucket" {
  description = "Where recordings go."
  type        = string
  default     = null
}

variable "logs_url" {
  description = "Where the journal is shipped."
  type        = string
  default     = null
}

variable "metrics_url" {
  description = "Where metrics are written."
  type        = string
  default     = null
}

variable "settings" {
  description = "Further settings of every node."
  type        = map(string)
  default     = {}
}

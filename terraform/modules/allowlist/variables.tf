variable "feed" {
  description = "The published feed, /network/ip-ranges.json, as text: fetched with the http provider, by curl, or kept in a repository."
  type        = string

  validation {
    condition     = try(length(jsondecode(var.feed).prefixes) > 0 && jsondecode(var.feed).version >= 1, false)
    error_message = "The feed is the JSON of ip-ranges.json with a version and at least one prefix."
  }
}

variable "name" {
  description = "Prefix of the lists' names."
  type        = string
  default     = "trunkline"
}

variable "regions" {
  description = "Regions of the feed to allow; empty: all of them."
  type        = set(string)
  default     = []
}

variable "services" {
  description = "What to allow: sip, rtp, webhook, agent, probe. A prefix with any of them is in."
  type        = set(string)
  default     = ["sip", "rtp"]

  validation {
    condition     = length(var.services) > 0 && length(setsubtract(var.services, ["sip", "rtp", "webhook", "agent", "probe"])) == 0
    error_message = "The services are some of sip, rtp, webhook, agent and probe."
  }
}

variable "include_pending" {
  description = "Whether what is announced is allowed before it is used, so that nothing has to be done on the day."
  type        = bool
  default     = true
}

variable "max_entries" {
  description = "Entries that each list may grow to. A security group counts all of them, used or not."
  type        = number
  default     = 20
}

variable "tags" {
  description = "Tags of the lists."
  type        = map(string)
  default     = {}
}

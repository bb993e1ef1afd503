# What an instance is told at its first boot. It has no secrets: whoever is on the instance can read it.

locals {
  # As media-node/process-flags.ts has them; a test compares.
  node_flags = "--max-semi-space-size=4 --no-parallel-scavenge --max-old-space-size=1024"

  firewall = templatefile("${path.module}/files/trunkline.nft.tftpl", {
    rtp_first     = var.network.rtp_ports.first
    rtp_last      = var.network.rtp_ports.last
    sip_tcp_ports = compact([contains(var.network.sip_transports, "tcp") ? "5060" : "", contains(var.network.sip_transports, "tls") ? "5061" : ""])
    sip_udp       = contains(var.network.sip_transports, "udp")
    relay_port    = 5071
    stun          = var.network.stun
    ipv6          = length(var.network.ipv6_cidrs) > 0
  })

  files = {
    for name, node in var.nodes : name => concat([
      {
        path        = "/etc/trunkline/node.env"
        permissions = "0644"
        content     = join("", [for key, value in local.settings[name] : "${key}=\"${value}\"\n" if value != ""])
      },
      {
        path        = "/etc/trunkline/install.env"
        permissions = "0644"
        content = join("", [for key, value in {
          AWS_REGION           = data.aws_region.current.name
          CONTROL_PLANE_URL    = var.control_plane_url
          GENERATION           = node.generation
          JOIN_TOKEN_PARAMETER = lookup(var.join_token_parameters, name, "")
          NODE_ADDRESS         = var.network.addresses[node.address].public_ip
          NODE_NAME            = name
          RELEASE_SHA256       = node.release.sha256
          RELEASE_URL          = node.release.url
        } : "${key}='${value}'\n"])
      },
      {
        path        = "/etc/systemd/system/trunkline-node.service"
        permissions = "0644"
        content = templatefile("${path.module}/files/trunkline-node.service.tftpl", {
          drain_seconds      = var.drain_seconds
          documentation_host = var.domain
          node_flags         = local.node_flags
        })
      },
      {
        path        = "/etc/systemd/system/trunkline-certificate.service"
        permissions = "0644"
        content = templatefile("${path.module}/files/trunkline-certificate.service.tftpl", {
          aws_region = data.aws_region.current.name
          zone_id    = var.certificates.zone_id
          email      = var.certificates.email
          server     = var.certificates.server
          names      = concat([local.node_names[name]], local.shared_names)
        })
      },
      {
        path        = "/etc/systemd/system/trunkline-certificate.timer"
        permissions = "0644"
        content     = file("${path.module}/files/trunkline-certificate.timer")
      },
      {
        path        = "/usr/local/lib/trunkline/certificate.sh"
        permissions = "0755"
        content     = file("${path.module}/files/certificate.sh")
      },
      {
        path        = "/usr/local/lib/trunkline/install.sh"
        permissions = "0755"
        content     = file("${path.module}/files/install.sh")
      },
      {
        path        = "/etc/nftables.conf"
        permissions = "0755"
        content     = local.firewall
      },
      {
        path        = "/etc/sysctl.d/60-trunkline.conf"
        permissions = "0644"
        content = templatefile("${path.module}/files/sysctl.conf.tftpl", {
          rtp_first = var.network.rtp_ports.first
          rtp_last  = var.network.rtp_ports.last
        })
      },
      ],
      var.logs_url == null ? [] : [{
        path        = "/etc/systemd/journal-upload.conf.d/trunkline.conf"
        permissions = "0644"
        content     = "[Upload]\nURL=${var.logs_url}\n"
      }],
      var.metrics_url == null ? [] : [
        {
          path        = "/etc/trunkline/prometheus.yml"
          permissions = "0644"
          content = templatefile("${path.module}/files/prometheus.yml.tftpl", {
            node_name   = name
            region_code = var.region_code
            metrics_url = var.metrics_url
          })
        },
        {
          path        = "/etc/default/prometheus"
          permissions = "0644"
          content     = "ARGS=\"--enable-feature=agent --config.file=/etc/trunkline/prometheus.yml --storage.agent.path=/var/lib/prometheus/agent --web.listen-address=127.0.0.1:9095\"\n"
        },
      ],
    )
  }

  packages = concat(
    ["awscli", "chrony", "curl", "lego", "nftables"],
    var.logs_url == null ? [] : ["systemd-journal-remote"],
    var.metrics_url == null ? [] : ["prometheus"],
  )

  commands = concat(
    [
      ["sysctl", "--system"],
      ["systemctl", "enable", "--now", "nftables.service"],
      ["systemctl", "restart", "nftables.service"],
    ],
    var.logs_url == null ? [] : [["systemctl", "enable", "--now", "systemd-journal-upload.service"]],
    var.metrics_url == null ? [] : [["systemctl", "restart", "prometheus.service"]],
    [["/usr/local/lib/trunkline/install.sh"]],
  )

  user_data = {
    for name, node in var.nodes : name => join("\n", ["#cloud-config", yamlencode({
      hostname                  = name
      fqdn                      = local.node_names[name]
      prefer_fqdn_over_hostname = true
      package_update            = true
      package_upgrade           = true
      packages                  = local.packages
      users                     = [{ name = "trunkline", system = true, shell = "/usr/sbin/nologin", homedir = "/var/lib/trunkline", no_create_home = true }]
      write_files               = local.files[name]
      runcmd                    = local.commands
    })])
  }
}

/** Every file of `/network/snippets/`, by its last segment, in the order of the page: for whom it is, and what it is. */
export const SNIPPET_TITLES = {
  paloalto: "Palo Alto PAN-OS, external dynamic lists",
  fortinet: "Fortinet FortiOS, external resources",
  checkpoint: "Check Point, network feeds",
  juniper: "Juniper SRX, dynamic address",
  sophos: "Sophos Firewall, third-party threat feed or IP host group",
  pfsense: "pfSense and OPNsense, URL table aliases",
  mikrotik: "MikroTik RouterOS, address lists",
  windows: "Windows Firewall, PowerShell",
  "cisco-asa": "Cisco ASA and FTD, object group",
  "cisco-cube": "Cisco CUBE, trusted list",
  nftables: "nftables, nothing else allowed either way",
  iptables: "iptables, for `iptables-restore --noflush`",
  ip6tables: "ip6tables, for `ip6tables-restore --noflush`",
  ipset: "ipset, for `ipset restore -exist`",
  asterisk: "Asterisk, pjsip.conf",
  freeswitch: "FreeSWITCH, acl.conf.xml",
  kamailio: "Kamailio, rows of the permissions module's address table (grp,ip_addr,mask,port,tag)",
  opensips: "OpenSIPS, rows of the permissions module's address table",
  "3cx": "3CX and AudioCodes, by hand",
  "aws-terraform": "AWS, managed prefix lists (Terraform)",
  "azure-terraform": "Azure, IP group (Terraform)",
  "gcp-terraform": "Google Cloud, address groups (Terraform)",
} as const satisfies Record<string, string>;

export type SnippetVendor = keyof typeof SNIPPET_TITLES;

environment = "production"
domain      = "example.net"
zone_id     = "Z00000000000000000000"

regions = {
  us = { n1 = "192.0.2.1", n2 = "192.0.2.2" }
  eu = { n1 = "198.51.100.1", n2 = "198.51.100.2" }
  in = { n1 = "203.0.113.1", n2 = "203.0.113.2" }
}

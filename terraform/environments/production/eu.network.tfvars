environment        = "production"
region_code        = "eu"
aws_region         = "eu-central-1"
vpc_cidr           = "10.64.16.0/20"
availability_zones = ["eu-central-1a", "eu-central-1b"]

# A brought block, one /24 a region. Without one: { form = "ipam", count = 16, netmask_length = 28 }.
addresses = {
  form    = "byoip"
  count   = 256
  cidr    = "198.51.100.0/24"
  pool_id = "ipv4pool-ec2-00000000000000000"
}

# Rule 12 of the port table: the Worker has STUN=1.
stun = true

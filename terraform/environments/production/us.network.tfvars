environment        = "production"
region_code        = "us"
aws_region         = "us-east-1"
vpc_cidr           = "10.64.0.0/20"
availability_zones = ["us-east-1a", "us-east-1b"]

# A brought block, one /24 a region. Without one: { form = "ipam", count = 16, netmask_length = 28 }.
addresses = {
  form    = "byoip"
  count   = 256
  cidr    = "192.0.2.0/24"
  pool_id = "ipv4pool-ec2-00000000000000000"
}

# Rule 12 of the port table: the Worker has STUN=1.
stun = true

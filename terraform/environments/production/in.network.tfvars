environment        = "production"
region_code        = "in"
aws_region         = "ap-south-1"
vpc_cidr           = "10.64.32.0/20"
availability_zones = ["ap-south-1a", "ap-south-1b"]

# A brought block, one /24 a region. Without one: { form = "ipam", count = 16, netmask_length = 28 }.
addresses = {
  form    = "byoip"
  count   = 256
  cidr    = "203.0.113.0/24"
  pool_id = "ipv4pool-ec2-00000000000000000"
}

# Rule 12 of the port table: the Worker has STUN=1.
stun = true

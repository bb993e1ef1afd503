environment       = "production"
region_code       = "in"
aws_region        = "ap-south-1"
state_bucket      = "example-terraform-states"
state_region      = "eu-central-1"
domain            = "example.net"
control_plane_url = "https://control.example.net"
acme_email        = "operations@example.net"

nodes = {
  n1 = {
    address           = "01"
    availability_zone = "ap-south-1a"
    image_id          = "ami-00000000000000000"
    release           = { url = "https://releases.example.net/trunkline-0.1.0.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
  }
  n2 = {
    address           = "02"
    availability_zone = "ap-south-1b"
    image_id          = "ami-00000000000000000"
    release           = { url = "https://releases.example.net/trunkline-0.1.0.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
  }
}

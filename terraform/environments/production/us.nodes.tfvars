environment       = "production"
region_code       = "us"
aws_region        = "us-east-1"
state_bucket      = "example-terraform-states"
state_region      = "eu-central-1"
domain            = "example.net"
control_plane_url = "https://control.example.net"
acme_email        = "operations@example.net"

nodes = {
  n1 = {
    address           = "01"
    availability_zone = "us-east-1a"
    image_id          = "ami-00000000000000000"
    release           = { url = "https://releases.example.net/trunkline-0.1.0.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
  }
  n2 = {
    address           = "02"
    availability_zone = "us-east-1b"
    image_id          = "ami-00000000000000000"
    release           = { url = "https://releases.example.net/trunkline-0.1.0.tar.gz", sha256 = "0000000000000000000000000000000000000000000000000000000000000000" }
  }
}

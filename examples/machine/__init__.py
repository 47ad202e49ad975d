"""A board of this machine: processors, memory, disks, network and processes."""

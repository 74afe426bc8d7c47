"""What `bench/run` is made of: the machine, the servers, the data, the works, the rounds and the report."""

"""A loopback music service and a small Scope host, for tests and the benchmark."""

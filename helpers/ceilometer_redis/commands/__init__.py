"""What somebody types or a daemon calls, one module per command: parse, call, print."""

"""What Fuel says about this node and its environment. Nothing outside of this package reads Fuel's files."""

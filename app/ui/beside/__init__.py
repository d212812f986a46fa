"""A second slide beside the first, both moved together."""

"""The page of each vendor, made of its spec alone."""

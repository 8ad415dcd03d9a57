"""Where answers differ from the spec: what a spec says of them, what was seen, and how often."""

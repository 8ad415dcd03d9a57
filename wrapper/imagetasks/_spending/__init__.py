"""What submits cost: limits, what is reserved for submits under way, and what was spent."""

"""What goes over HTTP, as values: requests, answers, refusals, faults, and what a request is to a spec."""

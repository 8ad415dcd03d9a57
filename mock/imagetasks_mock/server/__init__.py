"""HTTP: the sockets, their bounds, and the way of a request through the application."""

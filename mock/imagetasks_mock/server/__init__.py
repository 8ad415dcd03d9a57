"""The way in: sockets and their bounds, the application, the check of its answers, and the admin operations."""

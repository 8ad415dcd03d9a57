"""How tasks are waited for: one scheduler that owns no clock, sleep or socket, and its two drivers."""

"""What goes wrong on purpose: where it strikes, and what it does."""

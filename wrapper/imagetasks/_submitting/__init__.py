"""How money is spent: what may be sent again, and what is written down before."""

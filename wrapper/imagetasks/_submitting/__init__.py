"""How money is spent: what may be sent, when, and what may be sent again."""

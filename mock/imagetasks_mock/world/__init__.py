"""What all vendors share, and what a reset resets: time, accounts, tasks, the log, how tasks end."""

"""What is remembered, and what a reset resets: time, accounts, tasks, the log, rules and faults."""

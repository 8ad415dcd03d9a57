"""What is written down of each submit, so that no crash loses a task that was paid for."""

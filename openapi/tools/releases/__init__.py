"""What changed in a spec since the last release, whom it breaks, and which version that takes."""

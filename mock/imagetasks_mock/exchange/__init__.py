"""One request and its answer: read, found, allowed, refused or answered, checked, delivered."""

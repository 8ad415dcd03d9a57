"""What a run is to be like: read from YAML, and two that come with the mock."""

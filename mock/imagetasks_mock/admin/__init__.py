"""What steers the mock over HTTP, under `/_mock/`: described in openapi.yaml."""

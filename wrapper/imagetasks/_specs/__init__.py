"""What a provider's OpenAPI description says, ready to use."""

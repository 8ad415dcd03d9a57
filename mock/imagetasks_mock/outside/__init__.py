"""What happens outside of a vendor's API: the files behind result URLs, and the webhooks it sends."""

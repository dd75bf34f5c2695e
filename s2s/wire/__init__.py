"""The wire: messages of an endpoint, and the way to it."""

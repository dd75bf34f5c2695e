"""The wire: endpoints, the API's JSON, and the WebSocket that carries it."""

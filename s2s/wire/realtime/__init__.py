"""OpenAI's Realtime API: its JSON, its event names, its error codes."""

"""Many recordings at once: what is sent, where its replies lie, what becomes of each."""

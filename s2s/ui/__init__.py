"""What a person sees. Observers of a session, nothing more."""

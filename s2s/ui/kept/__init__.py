"""What is kept of a conversation: its recording, its transcript, its journal."""

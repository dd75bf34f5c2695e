"""What it came to: summaries, lists, the log's own lines."""

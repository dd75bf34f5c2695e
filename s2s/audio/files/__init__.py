"""Recordings: read, written, repaired."""

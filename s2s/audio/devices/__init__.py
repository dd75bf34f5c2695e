"""Microphones and speakers: which there are, which is meant, and PortAudio."""

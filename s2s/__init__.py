"""s2s: talk to speech-to-speech models from a terminal."""

__version__ = "0.1.0"

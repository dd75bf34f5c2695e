"""s2s: talk to speech-to-speech models from a terminal."""

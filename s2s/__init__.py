"""s2s: talk to speech-to-speech models from a terminal."""

from s2s.version import __version__ as __version__

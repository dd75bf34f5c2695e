"""Settings: where each came from, whose word it is, and where a key may go."""

from s2s.config.reading import path_of
from s2s.config.search import SettingsFile
from s2s.config.settings import Settings, resolve
from s2s.config.sources import Sources, read_sources, user_env_path
from s2s.config.trust import Origin, Setting

__all__ = [
    "Origin",
    "Setting",
    "Settings",
    "SettingsFile",
    "Sources",
    "path_of",
    "read_sources",
    "resolve",
    "user_env_path",
]

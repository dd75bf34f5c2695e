"""Shared set-up of all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from virtual_audio import SoundCard, sound_card_or_skip

# A busy machine is no failure: no example is too slow.
settings.register_profile("s2s", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("s2s")


@pytest.fixture
def sound_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundCard]:
    """A sound card in software, which this process and its children use."""
    card = sound_card_or_skip()
    for name, value in card.environment.items():
        monkeypatch.setenv(name, value)
    yield card
    card.stop()


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A user whose new files everybody may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)

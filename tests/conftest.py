"""Shared set-up of all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A busy machine is no failure: no example is too slow.
settings.register_profile("s2s", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("s2s")

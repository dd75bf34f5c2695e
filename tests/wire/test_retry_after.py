"""How long an endpoint wants to be left alone, as it says it in a header."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from s2s.wire.retry_after import retry_after_s


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({"Retry-After": " 0.5 "}, 0.5),
     ({"Retry-After-Ms": "250"}, 0.25),
     ({"Retry-After": formatdate(1_000_030, usegmt=True)}, 30.0),
     ({"Retry-After": formatdate(999_000, usegmt=True)}, 0.0), ({"Retry-After": "-3"}, 0.0),
     ({"Retry-After": "1e99"}, 86_400.0), ({"Retry-After": "inf"}, 86_400.0),
     ({}, None), ({"Retry-After": "soon"}, None), ({"Retry-After": "nan"}, None),
     ({"Retry-After": ""}, None)],
    ids=str,
)  # fmt: skip
def test_seconds_or_a_date_and_nothing_that_makes_no_sense(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, wall_time=1_000_000.0) == seconds

"""The lock must be installable the way the scripts install it: exported, then handed to pip."""

import importlib
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker

toml = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

LOCK = Path(__file__).parents[2] / "poetry.lock"


def wanted(package: dict[str, Any], python: str, system: str) -> bool:
    """A marker is one for all groups of the package, or one per group."""
    markers = package.get("markers", "")
    of_groups = markers.values() if isinstance(markers, dict) else [markers]
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_system": system.capitalize(),
        "extra": "offline",
    }
    return any(not marker or Marker(marker).evaluate(environment) for marker in of_groups)


@pytest.mark.parametrize("system", ["linux", "darwin"])
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14"])
def test_one_version_of_each_package_applies(python: str, system: str) -> None:
    """Of two versions that both apply, Poetry takes one and pip refuses both."""
    packages = toml.loads(LOCK.read_text("utf-8"))["package"]
    versions = Counter(package["name"] for package in packages if wanted(package, python, system))
    assert [name for name, count in versions.items() if count > 1] == []

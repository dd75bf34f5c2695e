"""What the design promises of the source files themselves, and no tool of ours checks otherwise."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "s2s"
MOST_LINES = 300
# Folders are called by what they are about: a word that fits every folder says nothing of one.
SAYS_NOTHING = {
    "abstract", "base", "common", "core", "extra", "framework", "general", "generic", "handlers",
    "helper", "helpers", "impl", "infra", "internal", "lib", "manager", "managers", "misc", "other",
    "private", "services", "shared", "src", "stuff", "support", "tools", "types", "util", "utils",
}  # fmt: skip


def sources() -> dict[str, int]:
    return {
        path.relative_to(PACKAGE).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }


def folders() -> list[Path]:
    return [
        path for path in PACKAGE.rglob("*") if path.is_dir() and (path / "__init__.py").is_file()
    ]


def test_a_file_that_passes_300_lines_wants_to_be_two() -> None:
    assert {name: lines for name, lines in sources().items() if lines > MOST_LINES} == {}


def test_a_folder_is_called_by_what_it_is_about() -> None:
    found = folders()
    assert found, f"there are no folders in {PACKAGE}"
    assert [folder for folder in found if SAYS_NOTHING & set(folder.name.lower().split("_"))] == []


def test_every_folder_of_sources_is_a_package_that_says_what_it_holds() -> None:
    """Only what has an `__init__.py` is seen by the import contracts."""
    silent = [
        folder
        for folder in {path.parent for path in PACKAGE.rglob("*.py")}
        if not (folder / "__init__.py").is_file()
        or not (folder / "__init__.py").read_text("utf-8").startswith('"""')
    ]
    assert silent == []

"""A YAML file as plain objects, with the line that each value stands in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from s2s.errors import UsageError

Lines = dict[str, int]  # by place, such as "turns[1].pace"


def read_yaml(path: Path) -> tuple[Any, Lines]:
    """Return what the file holds, and where. Raises `UsageError` if it holds no YAML."""
    import yaml

    try:
        text = path.read_text("utf-8")
        lines: Lines = {}
        loader = _loader()
        node = yaml.compose(text, loader)
        if node is not None:
            _note(node, "", lines)
        return yaml.load(text, loader), lines  # noqa: S506 - it is a SafeLoader
    except OSError as exc:
        raise UsageError(
            f"The script {path} cannot be read: {exc.strerror}.", "Check --script."
        ) from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"The script {path} is not UTF-8 text.", "See docs/serve.md.") from exc
    except ValueError as exc:  # a date that is not in the calendar, a number of 5,000 digits
        raise UsageError(
            f"The script {path} holds a value that is none: {exc}.", "See docs/serve.md."
        ) from exc
    except RecursionError as exc:
        raise UsageError(
            f"The script {path} is nested too deep to be a script.", "See docs/serve.md."
        ) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or "it cannot be parsed"
        raise UsageError(
            f"The script {path}{where} is not YAML: {problem}.", "See docs/serve.md."
        ) from exc


def _loader() -> Any:
    """Return a safe loader to which only true and false are booleans: `on: 2` is a key."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {
        first: [each for each in found if first in "tTfF" or not each[0].endswith(":bool")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return Loader


def _note(node: Any, place: str, lines: Lines) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if node.id == "mapping":
        for key, value in node.value:
            inside = f"{place}.{key.value}".lstrip(".")
            lines[inside] = key.start_mark.line + 1
            _note(value, inside, lines)
    elif node.id == "sequence":
        for index, each in enumerate(node.value):
            _note(each, f"{place}[{index}]", lines)

"""Where the programs are that we start: looked up once, and never in the working directory.

What lies beside somebody's recordings is not ours to run. `shutil.which` alone would find it there
through a relative or an empty entry of PATH, and on Windows before it looks at PATH at all.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import sys
from pathlib import Path


def program(name: str) -> str | None:
    """Return the absolute path of the program `name`, None if this machine has none."""
    return _found(name, os.environ.get("PATH", os.defpath))


def ours(module: str) -> list[str]:
    """Return the command that calls `main` of a module of ours, in a process of its own.

    Not `-m`, which would look for modules in the working directory first. Ours are found where they
    are now, whoever has arranged that.
    """
    lines = (
        "import sys",
        "sys.path[:] = [*filter(None, sys.path), sys.argv[1]]",
        f"from {module} import main",
        "main()",
    )
    return [sys.executable, "-c", "\n".join(lines), str(Path(__file__).parents[1])]


@functools.cache
def _found(name: str, path: str) -> str | None:
    # No batch file, which would read what we say as commands.
    file = f"{name}.exe" if sys.platform == "win32" else name
    for folder in map(Path, path.split(os.pathsep)):
        if not folder.is_absolute() or _is_working_directory(folder):
            continue
        if found := shutil.which(str(folder / file)):  # can this very file be run?
            return found
    return None


def _is_working_directory(folder: Path) -> bool:
    with contextlib.suppress(OSError):  # one of them is not there
        return folder.samefile(os.curdir)
    return False

"""A mistake in s2s on a thread or in a task of ours: told once, and it costs the status."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fakes import clean_environment

pytestmark = pytest.mark.program

SETTING = """
    import asyncio, gc, os, sys, threading
    from s2s.cli import app, run
    from s2s.cli.runner import run as run_loop
    from s2s.errors import Bug, WriteError
    from s2s.secret import Secret

    Secret("sk-1234567890abcdef")

    def broken():
        raise ZeroDivisionError("sk-1234567890abcdef")

    async def broken_task():
        broken()
"""


def with_command(body: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the program with one more command, `try-it`."""
    command = f"@app.command('try-it')\ndef try_it() -> None:\n{textwrap.indent(body, '    ')}\n"
    program = f"{textwrap.dedent(SETTING)}\n{command}\nsys.argv = ['s2s', 'try-it']\nrun()\n"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=clean_environment(folder, PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


THREAD = "thread = threading.Thread(target=broken)\nthread.start()\nthread.join()\n"
TASK = """
async def work():
    asyncio.create_task(broken_task())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
run_loop(work())
"""
CALLBACK = """
async def work():
    asyncio.get_running_loop().call_soon_threadsafe(broken)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
run_loop(work())
"""
RAISED = "try:\n    broken()\nexcept ZeroDivisionError as exc:\n    raise Bug('It ended', exc)\n"


@pytest.mark.parametrize("body", [THREAD, TASK, CALLBACK, RAISED])
def test_what_breaks_where_nobody_waits_is_told_once_and_costs_the_status(
    body: str, tmp_path: Path
) -> None:
    ran = with_command(body, tmp_path)
    assert ran.returncode == 1, ran.stderr
    assert ran.stderr.count("Traceback") == 1
    assert "ZeroDivisionError" in ran.stderr
    assert "sk-1234567890abcdef" not in ran.stderr


def test_what_has_failed_besides_keeps_its_status(tmp_path: Path) -> None:
    ran = with_command(f"{THREAD}raise WriteError('The disk is full.')\n", tmp_path)
    assert ran.returncode == 8
    assert "The disk is full." in ran.stderr
    assert "ZeroDivisionError" in ran.stderr

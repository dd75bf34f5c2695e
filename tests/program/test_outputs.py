"""Links, descriptors and devices as outputs: nothing but a plain file is replaced, root or not.

Never with `--force` on a device itself: a fault in s2s would cost the machine its device.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import clean_environment, endpoint, pcm_of_reply, read_wav, s2s, tone, write_wav

pytestmark = [
    pytest.mark.program,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system has no /proc"),
]

FORCED = pytest.mark.parametrize("force", [["--force"], []])


@pytest.fixture
def url() -> Iterator[str]:
    with endpoint({"turns": [{"tone": "440/1500ms"}]}) as url:
        yield url


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "question.wav", tone(1000))


def in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which `s2s` is the program."""
    program = f's2s() {{ "{sys.executable}" -m s2s "$@"; }}; {command}'
    return subprocess.run(
        ["bash", "-c", program], cwd=folder, env=clean_environment(folder), capture_output=True,
        timeout=60, check=False,
    )  # fmt: skip


@FORCED
@pytest.mark.parametrize("command", ["send-wav question.wav -o", "talk --in question.wav --out"])
def test_a_link_to_standard_output_is_standard_output(
    command: str, force: list[str], url: str, question: Path, tmp_path: Path
) -> None:
    """A file may be behind it, and is not what is meant: the link would become a WAV."""
    (tmp_path / "out").symlink_to("/proc/self/fd/1")
    done = in_shell(f"s2s {command} out {' '.join(force)} --url {url} > got.wav", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").is_symlink()
    assert tone(1500)[:20_000] in pcm_of_reply((tmp_path / "got.wav").read_bytes())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["got.wav", "out", "question.wav"]


@FORCED
@pytest.mark.usefixtures("sound_card")
def test_a_recording_goes_to_a_link_to_standard_output(force: list[str], tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/dev/fd/1")
    command = f"s2s record out {' '.join(force)} --seconds 0.2 > got.wav"
    assert in_shell(command, tmp_path).returncode == 4, "only zeros"
    assert (tmp_path / "out").is_symlink()
    assert len(pcm_of_reply((tmp_path / "got.wav").read_bytes())) == 9600


def test_a_name_of_standard_output_has_one_claimant(
    url: str, question: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").symlink_to("/proc/self/fd/1")
    for command in (
        "send-wav question.wav -o out --json",
        "talk --in question.wav --out out --events /dev/stdout",
        "talk --in question.wav --out - --events out",
    ):
        done = s2s(*command.split(), "--url", url, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, b"")
        assert b"Traceback" not in done.stderr


def test_a_descriptor_is_written_to(url: str, question: Path, tmp_path: Path) -> None:
    command = f"s2s send-wav question.wav -o /dev/fd/9 --url {url} 9> got.wav"
    done = in_shell(command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert pcm_of_reply((tmp_path / "got.wav").read_bytes()) == tone(1500)


@pytest.mark.parametrize(
    "output", ["/dev/fd/9", "/dev/fd/3", "/dev/stdin", "- >&-", "/dev/stdout >&-"]
)
def test_a_descriptor_that_is_not_there_is_refused(
    output: str, url: str, question: Path, tmp_path: Path
) -> None:
    done = in_shell(f"s2s send-wav question.wav --url {url} -o {output} < /dev/null", tmp_path)
    assert done.returncode == 2, done.stderr
    assert b"cannot be written: Bad file descriptor" in done.stderr


@pytest.mark.parametrize(("device", "status"), [("/dev/null", 0), ("/dev/full", 8)])
def test_a_device_is_written_to(
    device: str, status: int, url: str, question: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").symlink_to(device)
    for output in ([device], ["out"], ["out", "--force"]):
        done = s2s("send-wav", question, "-o", *output, "--url", url, cwd=tmp_path)
        assert done.returncode == status, done.stderr
        assert stat.S_ISCHR(Path(device).lstat().st_mode)
    assert (tmp_path / "out").is_symlink()


@FORCED
def test_a_named_pipe_behind_a_link_is_written_to(
    force: list[str], url: str, question: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "out").symlink_to("pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        done = s2s("send-wav", question, "-o", "out", *force, "--url", url, cwd=tmp_path)
        heard, _ = reader.communicate(timeout=60)
    assert done.returncode == 0, done.stderr
    assert pcm_of_reply(heard) == tone(1500)
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_into_another_file_system_is_written_through(
    url: str, question: Path, tmp_path: Path
) -> None:
    """Where the link is it could not be renamed to from; the partial file is beside the target."""
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("there is no other file system")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        target = Path(folder, "reply.wav")
        target.write_bytes(b"old")
        (tmp_path / "link.wav").symlink_to(target)
        output = ["-o", "link.wav", "--force"]
        done = s2s("send-wav", question, *output, "--url", url, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert read_wav(target) == tone(1500)
        assert os.listdir(folder) == ["reply.wav"]
    assert (tmp_path / "link.wav").is_symlink()


@pytest.mark.parametrize("option", ["-o", "--log-file"])
def test_the_recording_is_not_spoiled_through_another_name_of_it(
    option: str, url: str, question: Path, tmp_path: Path
) -> None:
    before = question.read_bytes()
    (tmp_path / "soft.wav").symlink_to("question.wav")
    os.link(question, tmp_path / "hard.wav")
    for name in ("soft.wav", "hard.wav", "question.wav"):
        done = s2s("send-wav", question, option, name, "--force", "--url", url, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert b"is the recording itself" in done.stderr
    done = in_shell(f"s2s send-wav question.wav -o - --url {url} >> question.wav", tmp_path)
    assert done.returncode == 2, done.stderr
    assert question.read_bytes() == before


def test_two_outputs_are_not_written_to_one_file(url: str, question: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).symlink_to("same.wav")
    outputs = ["--out", "one", "--events", "two"]
    done = s2s("talk", "--in", question, *outputs, "--url", url, cwd=tmp_path)
    assert done.returncode == 2
    assert b"--out and --events both want one" in done.stderr
    assert not (tmp_path / "same.wav").exists()


def test_links_that_lead_in_a_circle_are_told_of(url: str, question: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for command in (
        "send-wav question.wav -o loop --force",
        "send-wav question.wav -o reply.wav --log-file loop",
        "talk --in question.wav --out reply.wav --events loop",
    ):
        done = s2s(*command.split(), "--url", url, cwd=tmp_path)
        assert done.returncode == 2
        assert b"symbolic links" in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_log_on_standard_output_does_not_write_over_what_is_there(
    url: str, question: Path, tmp_path: Path
) -> None:
    """The file behind it is not opened a second time, at its beginning."""
    log = ["--log-file", "/dev/stdout"]
    done = in_shell(
        f"echo first > got; s2s send-wav question.wav --url {url} {' '.join(log)} >> got", tmp_path
    )
    assert done.returncode == 0, done.stderr
    first, *lines = (tmp_path / "got").read_text().splitlines()
    assert first == "first"
    assert any("session.created" in line for line in lines)


def test_a_server_does_not_log_into_its_script(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("turns: []\n")
    (tmp_path / "log").symlink_to("script.yaml")
    done = s2s("serve", "--script", script, "--log", "log", cwd=tmp_path)
    assert done.returncode == 2
    assert b"is the script itself" in done.stderr
    assert script.read_text() == "turns: []\n"

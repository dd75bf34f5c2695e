"""What is taken from a settings file, and that a found one opens nothing and reads nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.config.content import Content, content_of
from s2s.config.reading import UnfitError
from s2s.config.trust import SETTINGS, FromFound, Origin

HOW = Path(".env").absolute()
SECRETS = {"OPENAI_API_KEY": "sk-mine", "AWS_SECRET": "mine", "HOST": "corp.example"}


def found(text: str) -> Content:
    return content_of(text, HOW, Origin.FOUND_FILE, SECRETS)


def users(text: str) -> Content:
    return content_of(text, HOW, Origin.OWN_FILE, SECRETS)


@pytest.mark.parametrize(
    "line",
    [
        "S2S_LOG_FILE=log",
        "S2S_LOG_FILE=/home/you/.ssh/authorized_keys",
        "S2S_INSTRUCTIONS=@/home/you/.ssh/id_rsa",
        "S2S_INSTRUCTIONS='@~/.ssh/id_rsa'",
        'S2S_INSTRUCTIONS=" @~/.ssh/id_rsa"',
        "S2S_VOICE=@file",
        "S2S_TRANSCRIBE=@file",
        "S2S_LANGUAGE=@file",
        "export S2S_INSTRUCTIONS=@id_rsa",
    ],
)
def test_a_found_file_names_no_file_to_open(line: str) -> None:
    content = found(f"MODEL=m\n\n\n{line}\n")
    assert content.values == {"MODEL": "m"}
    (warning,) = content.warnings
    assert ", line 4: S2S_" in warning
    assert warning.endswith("--env-file ./.env")
    assert users(line).values
    assert not users(line).warnings


def test_nor_does_it_by_putting_the_name_together() -> None:
    assert not found('A=@\nS2S_INSTRUCTIONS="${A}${B:-/etc/passwd}"\n').values.get(
        "S2S_INSTRUCTIONS"
    )
    assert not found("S2S_INSTRUCTIONS=${NONE}${NONE:-@id_rsa}\n").values


def test_every_setting_that_opens_a_file_says_so() -> None:
    assert SETTINGS["S2S_LOG_FILE"] is FromFound.NO
    assert SETTINGS["S2S_INSTRUCTIONS"] is FromFound.TEXT
    assert "S2S_ENV_FILE" not in SETTINGS, "a file that names another file is a way around all this"


def test_instructions_themselves_may_come_from_a_found_file() -> None:
    assert found("S2S_INSTRUCTIONS=Write to me @ noon.\n").values == {
        "S2S_INSTRUCTIONS": "Write to me @ noon."
    }
    assert not found("S2S_INSTRUCTIONS=Write to me @ noon.\n").warnings


def test_a_line_that_is_empty_is_no_line_to_warn_of() -> None:
    assert found("S2S_LOG_FILE=\nS2S_INSTRUCTIONS=\n") == Content()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("HOST=near.example\nWS_URL=${HOST}/v1", "near.example/v1"),
        ('HOST=near.example\nWS_URL="wss://${HOST}"', "wss://near.example"),
        ("WS_URL=${PORT:-localhost:1}", "localhost:1"),
        ("PORT=\nWS_URL=${PORT:-localhost:1}", "localhost:1"),
        ("WS_URL=$HOST", "$HOST"),
        ("WS_URL='${HOST}'", "${HOST}"),
        ("A=1\nB=${A}2\nWS_URL=${B}3", "123"),
    ],
)
def test_names_are_filled_in_from_the_lines_above(text: str, value: str) -> None:
    assert found(text).values["WS_URL"] == users(text).values["WS_URL"] == value


def test_a_found_file_reads_nothing_of_the_environment() -> None:
    text = "WS_URL=wss://a.example/${AWS_SECRET}\nS2S_API_KEY=${OPENAI_API_KEY}\n"
    content = found(text)
    assert content.values == {"WS_URL": "wss://a.example/"}
    assert ["${AWS_SECRET}" in w or "${OPENAI_API_KEY}" in w for w in content.warnings] == [1, 1]
    assert all(w.endswith("--env-file ./.env") for w in content.warnings)
    assert found("S2S_API_KEY=${OPENAI_API_KEY:-theirs}").values == {"S2S_API_KEY": "theirs"}


def test_the_users_own_file_reads_the_environment() -> None:
    text = "WS_URL=${HOST}\nS2S_API_KEY=${OPENAI_API_KEY:-x}\nMODEL=${NONE}${NONE:-m}\n"
    values = {"WS_URL": "corp.example", "S2S_API_KEY": "sk-mine", "MODEL": "m"}
    assert users(text).values == values
    assert not users(text).warnings


def test_values_that_double_with_every_line_come_to_an_end() -> None:
    lines = ["A=xxxxxxxxxxxxxxxx", *("A=${A}${A}" for _ in range(60)), "MODEL=m"]
    with pytest.raises(UnfitError, match="without end"):
        found("\n".join(lines))


@pytest.mark.parametrize("line", ["MODEL=a" + " " * 60_000 + "x", 'A="' + "${a" * 20_000 + ':}"'])
def test_a_line_that_is_only_there_to_keep_us_busy_does_not(line: str) -> None:
    with pytest.raises(UnfitError, match="line"):
        found(line)


def test_lines_of_another_project_are_passed_over_and_counted_for_the_curious() -> None:
    content = found("DATABASE_URL=secret\nthis is no setting\nMODEL=m\nS2S_ENV_FILE=x\n")
    assert content.values == {"MODEL": "m"}
    assert not content.warnings
    assert [line.removeprefix(f"{HOW}, ") for line in content.passed_over] == [
        "line 1: DATABASE_URL is no setting of ours",
        "line 2 is not NAME=VALUE",
        "line 4: S2S_ENV_FILE is no setting of ours",
    ]


def test_a_line_that_was_meant_to_be_a_setting_is_warned_of_without_its_value() -> None:
    (warning,) = users("MODEL=m\nOPENAI_API_KEY: sk-abcdef123456\n").warnings
    assert "line 2: OPENAI_API_KEY is not set" in warning
    assert "sk-" not in warning


def test_of_two_lines_the_last_counts_and_is_the_one_that_is_told_of() -> None:
    (warning,) = found("S2S_LOG_FILE=a\nS2S_LOG_FILE=b\n").warnings
    assert "line 2" in warning

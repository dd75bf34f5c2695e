"""Which key travels where, and what is told of it before a byte of voice does."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.config import Origin, Settings, SettingsFile, Sources, resolve
from s2s.errors import UsageError
from s2s.secret import redact

FOUND, OWN = Path("/clone/.env"), Path("/home/me/.config/s2s/.env")
ELSEWHERE, LOCAL = "wss://evil.example", "ws://localhost:9"
OPENAI, AZURE = "api.openai.com", "r.openai.azure.com"


def settings(
    found: dict[str, str] | None = None,
    own: dict[str, str] | None = None,
    *,
    environment: dict[str, str] | None = None,
    allow_plain: bool = False,
    **more: str,
) -> Settings:
    files = (
        SettingsFile(FOUND, Origin.FOUND_FILE, found or {}),
        SettingsFile(OWN, Origin.OWN_FILE, own or {}),
    )
    sources = Sources(
        environment={**(environment or {}), **more}, files=files, looked_at=(str(FOUND), str(OWN))
    )
    return resolve(sources, allow_plain=allow_plain)


def key_of(settings: Settings) -> str | None:
    return settings.endpoint.key.reveal() if settings.endpoint.key else None


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "S2S_API_KEY"])
def test_no_key_of_the_users_goes_to_a_host_that_a_found_file_chose(name: str) -> None:
    for mine in ({name: "mine"}, None):
        environment = {} if mine else {name: "mine"}
        with pytest.raises(UsageError, match=rf"{name} is not sent to evil\.example") as failure:
            settings({"WS_URL": ELSEWHERE}, mine, environment=environment)
        assert "--url evil.example" in failure.value.hint


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "S2S_API_KEY"])
def test_nor_to_a_port_of_this_machine_which_is_connected_to_without(name: str) -> None:
    for mine in ({name: "mine"}, None):
        environment = {} if mine else {name: "mine"}
        told = settings({"WS_URL": LOCAL}, mine, environment=environment)
        assert key_of(told) is None
        (warning,) = told.warnings
        assert f"{name} is not sent to localhost:9" in warning
        assert warning.endswith("--url localhost:9")


@pytest.mark.parametrize("url", [ELSEWHERE, LOCAL])
@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "S2S_API_KEY"])
def test_a_key_that_stands_in_the_same_file_goes_there(name: str, url: str) -> None:
    assert key_of(settings({"WS_URL": url, name: "theirs"})) == "theirs"


def test_it_goes_there_in_place_of_the_users_which_may_not() -> None:
    found = {"WS_URL": LOCAL, "S2S_API_KEY": "theirs"}
    told = settings(found, S2S_API_KEY="mine")
    assert key_of(told) == "theirs"
    (warning,) = told.warnings
    assert str(FOUND) in warning
    assert "the environment" in warning


@pytest.mark.parametrize("url", [OPENAI, AZURE])
def test_the_key_for_openai_and_azure_goes_there_whoever_chose_them(url: str) -> None:
    assert key_of(settings({"WS_URL": url}, OPENAI_API_KEY="mine")) == "mine"
    assert key_of(settings({"WS_URL": url}, {"OPENAI_API_KEY": "mine"})) == "mine"
    with pytest.raises(UsageError, match="no key"):
        settings({"WS_URL": url}, S2S_API_KEY="mine")


def test_but_not_where_everybody_could_read_it() -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY is not sent"):
        settings({"WS_URL": f"ws://{AZURE}"}, OPENAI_API_KEY="mine", allow_plain=True)


def test_the_key_for_other_endpoints_goes_to_any_url_that_the_user_chose() -> None:
    for url in (ELSEWHERE, LOCAL):
        assert key_of(settings(None, {"WS_URL": url}, S2S_API_KEY="mine")) == "mine"
        assert key_of(settings(None, {"S2S_API_KEY": "mine"}, WS_URL=url)) == "mine"
        assert key_of(settings({"S2S_API_KEY": "theirs"}, WS_URL=url)) == "theirs"


def test_the_key_for_openai_goes_to_this_machine_where_the_user_chose_the_port() -> None:
    assert key_of(settings(None, {"OPENAI_API_KEY": "mine"}, WS_URL=LOCAL)) == "mine"
    with pytest.raises(UsageError, match=r"not sent to evil\.example"):
        settings(None, {"OPENAI_API_KEY": "mine"}, WS_URL=ELSEWHERE)


def test_a_found_file_that_wants_no_key_gets_none() -> None:
    told = settings({"WS_URL": LOCAL, "S2S_API_KEY": "none"}, OPENAI_API_KEY="mine")
    assert (key_of(told), told.warnings) == (None, ())
    assert key_of(settings({"WS_URL": ELSEWHERE}, S2S_API_KEY="none")) is None


@pytest.mark.parametrize("url", [ELSEWHERE, AZURE, "wss://0.0.0.0", "wss://localhost.evil.example"])
def test_a_host_that_a_found_file_chose_is_named(url: str) -> None:
    told = settings({"WS_URL": url, "OPENAI_API_KEY": "theirs"})
    (warning,) = told.warnings
    assert url.removeprefix("wss://") in warning
    assert str(FOUND) in warning


def test_openai_this_machine_and_what_the_user_chose_need_no_naming() -> None:
    for url in (OPENAI, LOCAL):
        assert settings({"WS_URL": url, "OPENAI_API_KEY": "theirs"}).warnings == ()
    for url in (ELSEWHERE, AZURE):
        assert settings(None, {"WS_URL": url, "OPENAI_API_KEY": "mine"}).warnings == ()
        assert settings({"WS_URL": "x.example"}, WS_URL=url, OPENAI_API_KEY="mine").warnings == ()


def test_a_found_key_that_hides_the_users_is_named() -> None:
    told = settings({"OPENAI_API_KEY": "theirs"}, {"OPENAI_API_KEY": "mine"})
    assert key_of(told) == "theirs"
    (warning,) = told.warnings
    assert str(FOUND) in warning
    assert str(OWN) in warning
    assert "theirs" not in warning
    assert "mine" not in warning


def test_so_is_one_that_comes_before_the_users_for_an_endpoint_of_theirs() -> None:
    told = settings({"S2S_API_KEY": "theirs"}, None, WS_URL=LOCAL, OPENAI_API_KEY="mine")
    assert key_of(told) == "theirs"
    assert len(told.warnings) == 1


def test_the_same_key_in_two_places_is_no_news() -> None:
    assert settings({"OPENAI_API_KEY": "same"}, {"OPENAI_API_KEY": "same"}).warnings == ()
    assert settings({"OPENAI_API_KEY": "theirs"}).warnings == ()
    assert settings({"OPENAI_API_KEY": "theirs"}, OPENAI_API_KEY="mine").warnings == ()


@pytest.mark.parametrize("quoted", ['"sk-1234"', "'sk-1234'", "`sk-1234`", 'sk-1234"'])
def test_quotes_around_a_key_are_told_of_and_not_sent(quoted: str) -> None:
    with pytest.raises(UsageError, match="quotation marks") as failure:
        settings(OPENAI_API_KEY=quoted)
    assert "the environment" in failure.value.message
    assert "sk-" not in failure.value.message + failure.value.hint


def test_no_key_names_the_places_that_were_looked_at() -> None:
    for url in ("", OPENAI):
        with pytest.raises(UsageError, match="no key") as failure:
            settings(WS_URL=url)
        for place in ("the environment", str(FOUND), str(OWN)):
            assert place in failure.value.message


def test_every_setting_is_shown_on_a_line_of_its_own_and_no_key_is() -> None:
    told = settings(
        {"WS_URL": LOCAL, "S2S_API_KEY": "theirs", "S2S_VOICE": "a\nb\x1b[2J", "MODEL": "\u202em"},
        {"OPENAI_API_KEY": "mine"},
        S2S_MIC="yeti",
    )
    shown = told.sources
    assert all(line.isprintable() for line in shown.values())
    assert shown["S2S_VOICE"] == rf"a\nb\x1b[2J ({FOUND})"
    assert shown["S2S_MIC"] == "yeti (environment)"
    assert shown["S2S_API_KEY"] == f"*** ({FOUND})"
    assert shown["OPENAI_API_KEY"] == f"***, not sent ({OWN})"


def test_what_a_found_file_says_stays_on_its_line_in_what_is_told_of_it() -> None:
    for name, value in (("S2S_TIMEOUT", "1\nx\x1b"), ("S2S_TEXT_ONLY", "1\nx\x1b")):
        with pytest.raises(UsageError) as failure:
            settings({name: value, "OPENAI_API_KEY": "k"})
        assert failure.value.message.isprintable()
    told = settings({"WS_URL": f"{LOCAL}?model=a%0Ab", "MODEL": "x\ny"})
    assert all(line.isprintable() for line in told.warnings)


@pytest.mark.parametrize(
    "url", ["wss://evil.example?k=evil.example", "wss://evil.example@evil.example"]
)
def test_a_found_file_hides_no_host_by_calling_its_name_a_secret(url: str) -> None:
    (warning,) = settings({"WS_URL": url}).warnings
    assert "evil.example" in redact(warning)
    with pytest.raises(UsageError, match=r"not sent to evil\.example"):
        settings({"WS_URL": url}, OPENAI_API_KEY="mine")


def test_nor_by_a_key_that_is_written_in_its_name() -> None:
    with pytest.raises(UsageError, match="holds a key in its name"):
        settings({"WS_URL": "wss://hides-it.example", "S2S_API_KEY": "hides-it"})

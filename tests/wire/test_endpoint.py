"""What WS_URL may hold, what is made of it, and where a key may travel."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from s2s.config import Settings, Sources, read_sources, resolve
from s2s.errors import UsageError
from s2s.secret import Secret, redact
from s2s.wire.endpoint import Endpoint, complete_url, host_kind

OPENAI = "wss://api.openai.com/v1/realtime"
AZURE = "wss://res.openai.azure.com/openai/v1/realtime"


@pytest.mark.parametrize(
    ("stated", "complete"),
    [
        ("api.openai.com", f"{OPENAI}?model=m"),
        ("https://api.openai.com/v1", f"{OPENAI}?model=m"),
        ("https://api.openai.com/v1/", f"{OPENAI}?model=m"),
        ("wss://api.openai.com/v1/realtime", f"{OPENAI}?model=m"),
        ("wss://api.openai.com/v1/realtime?model=own", f"{OPENAI}?model=own"),
        ("wss://host/v1/realtime?x=1", "wss://host/v1/realtime?x=1&model=m"),
        ("localhost:8765", "ws://localhost:8765/v1/realtime?model=m"),
        ("127.0.0.1:8080", "ws://127.0.0.1:8080/v1/realtime?model=m"),
        ("[::1]:8080", "ws://[::1]:8080/v1/realtime?model=m"),
        ("http://localhost:8080/v1", "ws://localhost:8080/v1/realtime?model=m"),
        ("example.com:8443", "wss://example.com:8443/v1/realtime?model=m"),
        ("res.openai.azure.com", f"{AZURE}?model=m"),
        ("https://res.openai.azure.com/", f"{AZURE}?model=m"),
        ("https://res.openai.azure.com/openai/v1", f"{AZURE}?model=m"),
        ("wss://dashscope.example/api-ws/v1/realtime", "wss://dashscope.example/api-ws/v1/realtime?model=m"),
        ("wss://host/custom/socket", "wss://host/custom/socket?model=m"),
        ("wss://host/v1/realtime?deployment=d", "wss://host/v1/realtime?deployment=d"),
    ],
)  # fmt: skip
def test_a_url_is_completed_only_where_it_is_not_complete(stated: str, complete: str) -> None:
    assert complete_url(stated, "m")[0] == complete


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ("wss://api.openai.com", "openai"),
        ("wss://API.OpenAI.com.", "openai"),
        ("wss://api.openai.com:8443/v1", "openai"),
        ("wss://user:pw@api.openai.com", "openai"),
        ("wss://\uff41pi.openai.com", "openai"),  # a wide letter is the letter
        ("wss://api.openai.com.evil", "other"),
        ("wss://api.openai.com@evil", "other"),
        ("wss://api.openai.com:443\\@evil", "other"),
        ("wss://evilopenai.com", "other"),
        ("wss://open\u0430i.com", "other"),  # the Cyrillic letter is another
        ("wss://r.openai.azure.com", "azure"),
        ("wss://evil-openai.azure.com", "other"),
        ("wss://r.openai.azure.com.evil", "other"),
        ("ws://localhost:1", "loopback"),
        ("ws://LOCALHOST.:1", "loopback"),
        ("ws://a.b.localhost:1", "loopback"),
        ("ws://127.8.8.8:1", "loopback"),
        ("ws://[::1]:1", "loopback"),
        ("ws://[::ffff:127.0.0.1]:1", "loopback"),
        ("wss://localhost.evil.com", "other"),
        ("wss://evillocalhost", "other"),
        ("wss://0.0.0.0", "other"),
        ("wss://127.1", "other"),
        ("wss://2130706433", "other"),
        ("wss://[fe80::1%eth0]", "other"),
    ],
)
def test_a_host_is_known_by_its_whole_name(stated: str, kind: str) -> None:
    complete = complete_url(stated, "m")[0]
    assert host_kind(complete) == host_kind(stated) == kind
    assert urlsplit(complete).netloc.isascii(), "what is compared is what is shown and connected to"


@pytest.mark.parametrize(
    "stated",
    [
        "wss://evil.com\\.openai.com",
        "wss://evil.com%00.openai.com",
        "wss://evil\x00.openai.com",
        "wss://[::1%.openai.com]",
        "ws://[::1%.localhost]:1",
        "wss://.openai.azure.com",
        "wss://a..b",
        "wss://host/\x1b[2J",
        "wss://host/\u202etxt",
        f"wss://{'a' * 64}.example",
    ],
)
def test_a_host_that_cannot_be_one_is_none(stated: str) -> None:
    with pytest.raises(UsageError, match="is not a URL") as failure:
        complete_url(stated, "m")
    assert failure.value.message.isprintable()


def test_a_model_with_odd_characters_is_quoted() -> None:
    assert complete_url("host", "a b&c/d")[0] == "wss://host/v1/realtime?model=a%20b%26c%2Fd"


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 64 + ".com", "...", "a." * 200, "ä" * 63])
def test_a_host_that_nobody_can_look_up_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="not a URL"):
        complete_url(f"wss://{host}", "m")


@pytest.mark.parametrize("stated", ["", " ", "wss://", "ftp://host", "wss://ho st", "ws://[bad"])
def test_what_is_no_url_is_said(stated: str) -> None:
    with pytest.raises(UsageError):
        complete_url(stated, "m")


def test_plain_ws_goes_to_loopback_only_unless_the_user_insists() -> None:
    with pytest.raises(UsageError, match="unencrypted"):
        complete_url("ws://10.0.0.5:8080", "m")
    assert complete_url("ws://10.0.0.5:8080", "m", allow_plain=True)[0].startswith("ws://10.0.0.5")


def test_azure_takes_its_key_in_a_header_of_its_own() -> None:
    key = Secret("azure-key")
    assert Endpoint(AZURE, "m", "azure", key).headers["api-key"] == "azure-key"
    assert "Authorization" not in Endpoint(AZURE, "m", "azure", key).headers
    assert Endpoint(OPENAI, "m", "openai", key).headers["Authorization"] == "Bearer azure-key"


def test_an_endpoint_never_shows_its_key_or_its_query() -> None:
    endpoint = Endpoint("wss://user:pw@host:1/v1/realtime?api_key=k", "m", "other", Secret("sk-1"))
    assert endpoint.shown == "wss://host:1/v1/realtime"
    assert "sk-1" not in repr(endpoint)


def settings(flags: dict[str, str] | None = None, **environment: str) -> Settings:
    names = {"WS_URL": "--url", "MODEL": "--model"}
    return resolve(Sources(flags or {}, names, environment))


def key_of(found: Settings) -> str | None:
    return found.endpoint.key.reveal() if found.endpoint.key else None


def test_without_key_and_url_both_ways_out_are_named() -> None:
    with pytest.raises(UsageError) as failure:
        settings()
    assert ".env" in failure.value.hint
    assert "--offline" in failure.value.hint


def test_a_key_alone_means_openai_and_the_default_model() -> None:
    found = settings(OPENAI_API_KEY="sk-1")
    assert found.endpoint.url == f"{OPENAI}?model=gpt-realtime-2.1"
    assert key_of(found) == "sk-1"


def test_the_key_travels_to_loopback_and_to_azure() -> None:
    assert key_of(settings({"WS_URL": "localhost:1"}, OPENAI_API_KEY="sk-1")) == "sk-1"
    assert key_of(settings({"WS_URL": "r.openai.azure.com"}, OPENAI_API_KEY="k")) == "k"


def test_the_key_travels_to_another_host_only_from_the_same_source() -> None:
    assert key_of(settings(WS_URL="wss://other.example", OPENAI_API_KEY="sk-1")) == "sk-1"
    with pytest.raises(UsageError, match="not sent to other"):
        settings({"WS_URL": "wss://other.example"}, OPENAI_API_KEY="sk-1")


def test_another_endpoints_own_key_comes_first_and_none_means_none() -> None:
    url = {"WS_URL": "wss://other.example"}
    assert key_of(settings(url, OPENAI_API_KEY="sk-1", S2S_API_KEY="own")) == "own"
    assert key_of(settings(url, OPENAI_API_KEY="sk-1", S2S_API_KEY="none")) is None


def test_openai_never_sees_another_endpoints_key() -> None:
    with pytest.raises(UsageError, match="no key"):
        settings({"WS_URL": "api.openai.com"}, S2S_API_KEY="own")


def test_a_model_flag_that_contradicts_the_url_is_not_silently_dropped() -> None:
    url = "wss://localhost:1/v1/realtime?model=a"
    with pytest.raises(UsageError, match="already names"):
        settings({"WS_URL": url, "MODEL": "b"})
    assert "not used" in settings(WS_URL=url, MODEL="b").warnings[0]
    assert settings(WS_URL=url).endpoint.model == "a"


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan", "1e9"])
def test_a_timeout_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="seconds"):
        settings({"S2S_TIMEOUT": text}, OPENAI_API_KEY="sk-1")


def test_instructions_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "how.txt").write_text("Be brief.", "utf-8")
    flags = {"S2S_INSTRUCTIONS": f"@{tmp_path / 'how.txt'}"}
    assert settings(flags, OPENAI_API_KEY="k").wishes.session.instructions == "Be brief."
    with pytest.raises(UsageError, match="cannot be read"):
        settings({"S2S_INSTRUCTIONS": "@/nowhere"}, OPENAI_API_KEY="k")


def test_transcription_is_asked_for_in_turn_or_not_at_all() -> None:
    def models(**more: str) -> list[str]:
        found = settings({}, OPENAI_API_KEY="k", **more)
        return [each.model for each in found.wishes.transcription]

    assert models() == ["gpt-transcribe", "gpt-4o-mini-transcribe"]
    assert models(S2S_TRANSCRIBE="whisper-1") == ["whisper-1"]
    assert models(S2S_TRANSCRIBE="off") == []


def test_settings_come_from_the_nearest_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flag, environment, .env from the working directory upwards, the user's own, default."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MODEL", raising=False)
    below = tmp_path / "work" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    own = tmp_path / "config" / "s2s" / ".env"
    own.parent.mkdir(parents=True)

    def model(flag: str | None = None) -> tuple[str, str]:
        found = read_sources({"MODEL": flag}, {"MODEL": "--model"}).find("MODEL")
        return (found.text, found.source) if found else ("", "")

    assert model() == ("", "")
    own.write_text("MODEL=own\n")
    assert model() == ("own", str(own))
    (tmp_path / "work" / ".env").write_text("MODEL=project\n")
    assert model() == ("project", str(tmp_path / "work" / ".env"))
    monkeypatch.setenv("MODEL", "environment")
    assert model() == ("environment", "environment")
    assert model("flag") == ("flag", "--model")
    monkeypatch.setenv("MODEL", "")
    assert model() == ("project", str(tmp_path / "work" / ".env")), "empty counts as not set"


def test_a_key_in_the_query_is_hidden_as_it_stands_there_and_as_it_reads() -> None:
    complete_url("ws://localhost/v1/realtime?api_key=~q+b%2Fc==z&model=m", "m")
    for written in ("~q+b%2Fc==z", "~q b/c==z", "~q%20b%2Fc%3D%3Dz"):
        assert redact(f"asked: {written}.") == "asked: ***."

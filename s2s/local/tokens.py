"""Tokens by the API's rules of thumb: 100 ms of a user's audio each, 50 ms of the assistant's, and
about four letters of text (OpenAI's guide to the costs of the Realtime API). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from s2s import pcm
from s2s.local.items import Item

Json = dict[str, Any]


def text_tokens(letters: int) -> int:
    return -(-letters // 4)


def input_audio_tokens(size: int) -> int:
    """Return the tokens of `size` bytes of a user's PCM."""
    return pcm.duration_ms(size) // 100


Read = tuple[str, int, int]  # an item's id, its tokens of text and of sound


def tokens_read(items: Sequence[Item], before: Sequence[Read] = ()) -> tuple[list[Read], Json]:
    """Return what a response reads that is given these items, one by one and as `usage` has it.

    Cached is what the response `before` has read too, up to the first item that differs.
    """
    read = [(item.id, text_tokens(len(item.words[1])), _sound(item)) for item in items]
    pairs = zip(read, before, strict=False)
    again = [now for now, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    cached = _by_kind(again)
    return read, {
        **_by_kind(read),
        "image_tokens": 0,
        "cached_tokens": sum(cached.values()),
        "cached_tokens_details": {**cached, "image_tokens": 0},
    }


def _by_kind(read: Sequence[Read]) -> dict[str, int]:
    return {
        "text_tokens": sum(text for _, text, _ in read),
        "audio_tokens": sum(sound for _, _, sound in read),
    }


def _sound(item: Item) -> int:
    return input_audio_tokens(item.spoken_size) + output_audio_tokens(item.audio_size)


def output_audio_tokens(size: int) -> int:
    """Return the tokens of `size` bytes of the assistant's PCM."""
    return pcm.duration_ms(size) // 50


def usage(read: Json, output: Sequence[Json], audio_size: int) -> Json:
    """Return a response's `usage`: what it read, its output items, and its bytes of PCM."""
    spoken = output_audio_tokens(audio_size)
    written = text_tokens(sum(len(Item(item).words[1]) for item in output))
    taken = read["text_tokens"] + read["audio_tokens"]
    return {
        "total_tokens": taken + spoken + written,
        "input_tokens": taken,
        "output_tokens": spoken + written,
        "input_token_details": read,
        "output_token_details": {"text_tokens": written, "audio_tokens": spoken},
    }

"""Tokens by the API's rules of thumb: 100 ms of a user's audio each, 50 ms of the assistant's, and
about four letters of text (OpenAI's guide to the costs of the Realtime API). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from s2s import pcm
from s2s.local.items import Item

Json = dict[str, Any]


def text_tokens(letters: int) -> int:
    return -(-letters // 4)


def input_audio_tokens(size: int) -> int:
    """Return the tokens of `size` bytes of a user's PCM."""
    return pcm.duration_ms(size) // 100


def tokens_read(items: Sequence[Item]) -> Json:
    """Return what a response reads that is given these items."""
    spoken = sum(item.spoken_size for item in items)
    letters = sum(len(item.words[1]) for item in items)
    return {"text_tokens": text_tokens(letters), "audio_tokens": input_audio_tokens(spoken)}


def usage(read: Json, output: Sequence[Json], audio_size: int) -> Json:
    """Return a response's `usage`: what it read, its output items, and its bytes of PCM."""
    spoken = pcm.duration_ms(audio_size) // 50
    written = text_tokens(sum(len(Item(item).words[1]) for item in output))
    taken = read["text_tokens"] + read["audio_tokens"]
    cached = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": taken + spoken + written,
        "input_tokens": taken,
        "output_tokens": spoken + written,
        "input_token_details": {
            **read,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": cached,
        },
        "output_token_details": {"text_tokens": written, "audio_tokens": spoken},
    }

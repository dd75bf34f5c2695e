"""What only a sound card can show, on the virtual one: silence, cost, a busy machine."""

from __future__ import annotations

import argparse
import json
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from sounds import reply
from table import Table, median, quantile

sys.path.append(str(Path(__file__).parents[1]))
import talking
from aloud import spoken
from processor import cpu_seconds
from rig import Endpoint, Monitor, PipeMicrophone, Talk, sound_card
from signal_in import RATE, clicks, onset, tone

from s2s.conversation.idle import REST_MS

Json = dict[str, Any]
TRIALS, TURNS, SECONDS = 30, 3, 20


def measure(table: Table) -> None:
    with tempfile.TemporaryDirectory(prefix="s2s-") as folder, sound_card(Path(folder)):
        silence(table)
        heard_here(table, Path(folder))
        wire(table, Path(folder))
        cost(table)
        busy(table)


def silence(table: Table) -> None:
    """Hold each of some replies by the endpoint's word, and let it go on."""
    table.title(f"Speech over {TRIALS} replies, told by the endpoint, on the virtual card")
    monitor, endpoint = Monitor(), Endpoint()
    talk = Talk(endpoint.url, "--barge-in", "confirm")
    endpoint.ready.wait(10)
    time.sleep(2)
    silent, clicked, whole = [], 0, 0
    for number in range(TRIALS):
        monitor.forget()
        endpoint.send(*talking.reply(number, tone(1500)))
        talking.wait_for_onset(monitor)
        time.sleep(0.3 + 0.013 * number)
        named = {"item_id": f"user_{number}"}
        started = {"type": "input_audio_buffer.speech_started", "audio_start_ms": 0, **named}
        (spoke,) = endpoint.send(started)
        time.sleep(0.3)
        silent.append(1000 * (_silent_since(monitor) - spoke))
        endpoint.send(
            {"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 1, **named},
            {"type": "input_audio_buffer.committed", **named},
            {
                "type": "conversation.item.input_audio_transcription.completed",
                "transcript": "",
                **named,
            },
        )
        time.sleep(1.8)
        heard = monitor.since(0)
        clicked += clicks(heard)
        first = onset(heard) or 0
        sounds = np.abs(heard[first:].astype(np.int32)) > 3
        # The tone and the fade that is heard twice, to within what a sine's zeros hide.
        whole += abs(int(sounds.sum()) / RATE - 1.51) < 0.03
        endpoint.send({"type": "conversation.item.deleted", **named})
    talk.close()
    endpoint.close()
    monitor.close()
    table.line("first fact to silence, median", f"{median(silent):.1f} ms")
    table.at_most("    95th percentile", quantile(silent, 0.95), 60, "ms")
    table.at_most("clicks", clicked, 0)
    table.line("replies as long as they were", f"{whole} of {TRIALS}")


def _silent_since(monitor: Monitor) -> float:
    """Return when the speaker fell silent."""
    heard = monitor.since(0)
    return monitor.time_of(int(np.flatnonzero(np.abs(heard.astype(np.int32)) > 3)[-1]))


def heard_here(table: Table, folder: Path) -> None:
    """Say a word into the microphone over each of some replies; the endpoint says nothing."""
    table.title(f'"Wait" over {TRIALS} replies, told by the detector on this side')
    word = spoken("Wait", folder / "wait.wav")
    monitor, endpoint = Monitor(), Endpoint()
    talk = Talk(endpoint.url, "--barge-in", "confirm", "--events", "-")
    facts: queue.SimpleQueue[float] = queue.SimpleQueue()
    threading.Thread(target=_note_voices, args=(talk, facts), daemon=True).start()
    endpoint.ready.wait(10)
    time.sleep(2)
    say = ["paplay", "-d", "s2s_mic_in", str(word)]
    subprocess.run(say, check=True)  # until it has given sound, nothing is decided about an echo
    endpoint.send(*talking.reply(0, reply(0, "rms", 4.0)))  # over which `auto` finds none
    time.sleep(6)
    silent, unheard = [], 0
    for number in range(1, TRIALS + 1):
        monitor.forget()
        endpoint.send(*talking.reply(number, tone(2500)))
        talking.wait_for_onset(monitor)
        time.sleep(0.3 + 0.013 * number)
        saying = subprocess.Popen(say)
        try:
            told = facts.get(timeout=1.5)
        except queue.Empty:
            unheard += 1
        else:
            time.sleep(0.2)
            silent.append(1000 * (_silent_since(monitor) - told))
        saying.wait()
        time.sleep(4)
        while not facts.empty():
            facts.get()
    talk.close()
    endpoint.close()
    monitor.close()
    table.line("first fact to silence, median", f"{median(silent):.1f} ms")
    table.at_most("    95th percentile", quantile(silent, 0.95), 60, "ms")
    table.line("words that were not noticed", f"{unheard} of {TRIALS}")


def _note_voices(talk: Talk, facts: queue.SimpleQueue[float]) -> None:
    assert talk.process.stdout
    for line in talk.process.stdout:
        at = time.monotonic()
        if json.loads(line)["type"] == "voice_started":
            facts.put(at)


def wire(table: Table, folder: Path) -> None:
    """From the microphone to the wire, with a canceller and without."""
    table.title("Microphone to the wire, while the canceller rests: what it gives then is exact")
    wanted = argparse.Namespace(trials=20)
    late = {}
    for echo in ("off", "cancel"):
        microphone, endpoint = PipeMicrophone(folder), Endpoint()
        talk = Talk(endpoint.url, "--echo", echo, PULSE_SOURCE="s2s_pipe")
        endpoint.ready.wait(10)
        time.sleep(4)  # a canceller works for its first second
        late[echo] = talking.wire_delays(wanted, microphone, endpoint)
        talk.close()
        endpoint.close()
        microphone.close()
    for echo, found in late.items():
        shown = f"{median(found):.1f}, {quantile(found, 0.95):.1f} ms"
        table.line(f"--echo {echo}: median, 95th percentile", shown)
    table.at_most("    more, median", median(late["cancel"]) - median(late["off"]), 15, "ms")


def cost(table: Table) -> None:
    table.title(f"Processor, {TURNS} times by turns, {SECONDS} s each; memory at the end")
    shares: dict[tuple[str, str], list[float]] = {}
    memory: dict[str, list[float]] = {}
    spoken = b"".join(reply(n, "rms") for n in range(SECONDS // 10 + 1))
    for _ in range(TURNS):
        for echo in ("off", "cancel"):
            endpoint = Endpoint()
            talk = Talk(endpoint.url, "--echo", echo)
            endpoint.ready.wait(10)
            time.sleep(2)
            endpoint.send(*talking.reply(0, spoken))
            time.sleep(2)
            shares.setdefault((echo, "sounds"), []).append(_share(talk.process.pid, SECONDS))
            time.sleep(8 + REST_MS / 1000 + 3)
            shares.setdefault((echo, "rests"), []).append(_share(talk.process.pid, SECONDS))
            memory.setdefault(echo, []).append(talking.resident_mb(talk.process.pid))
            talk.close()
            endpoint.close()
    for when, bar in (("sounds", 2.0), ("rests", 0.3)):
        off, cancel = (statistics.median(shares[echo, when]) for echo in ("off", "cancel"))
        shown = " ".join(f"{each:.1f}" for each in shares["cancel", when])
        table.line(f"while a reply {when}: off, per cent of a core", f"{off:.1f}")
        table.at_most(f"    cancel ({shown}), more", cancel - off, bar)
    more = statistics.median(memory["cancel"]) - statistics.median(memory["off"])
    table.line("memory, off", f"{statistics.median(memory['off']):.1f} MB")
    table.at_most("    cancel, more", more, 20, "MB")


def _share(pid: int, seconds: float) -> float:
    used, begun = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_seconds(pid) - used) / (time.monotonic() - begun)


def busy(table: Table) -> None:
    """Ten replies in a room of -10 dB, beside two programs that compute without a pause."""
    table.title("Ten replies of 10 s in a room (-10 dB), beside two busy loops")
    command = ["pactl", "load-module", "module-loopback", "source=s2s_speaker.monitor"]
    command += ["sink=s2s_mic_in", "latency_msec=100", "adjust_time=0"]
    module = subprocess.check_output(command, text=True).strip()
    inputs = subprocess.check_output(["pactl", "list", "short", "sink-inputs"], text=True)
    subprocess.run(["pactl", "set-sink-input-volume", inputs.split()[0], "68%"], check=True)
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    endpoint = Endpoint()
    talk = Talk(endpoint.url, "--barge-in", "confirm")
    server = ServerEars(endpoint)
    try:
        endpoint.ready.wait(20)
        time.sleep(3)
        cut = holds = 0
        for number in range(10):
            server.forget()
            endpoint.send(*talking.reply(number, reply(number, "rms")))
            time.sleep(12.5)
            seen = server.kinds()
            cut += "conversation.item.truncate" in seen
            holds += server.turns
        table.at_most("false interruptions of ten", cut, 1)
        table.line("turns that silero would find in what was sent", f"{holds}")
    finally:
        talk.close()
        endpoint.close()
        for each in loops:
            each.kill()
            each.wait()
        subprocess.run(["pactl", "unload-module", module], check=True)


class ServerEars:
    """Finds turns in what is sent, as the local endpoint would, and tells the program of them."""

    def __init__(self, endpoint: Endpoint) -> None:
        from s2s.local.endpointing import Endpointer
        from s2s.local.settings import SERVER_VAD
        from s2s.local.vad import SileroDetector

        self._endpoint = endpoint
        self._turns = Endpointer(SileroDetector(), SERVER_VAD)
        self.turns = 0
        self._number = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        from s2s.local.endpointing import SpeechStarted

        while True:
            _, audio = self._endpoint.appended.get()
            for found in self._turns.feed(audio):
                named = {"item_id": f"user_{self._number}"}
                if isinstance(found, SpeechStarted):
                    self.turns += 1
                    kind = {"type": "input_audio_buffer.speech_started"}
                    self._endpoint.send({**kind, "audio_start_ms": found.start_ms, **named})
                    continue
                self._number += 1
                kind = {"type": "input_audio_buffer.speech_stopped"}
                words = "conversation.item.input_audio_transcription.completed"
                self._endpoint.send(
                    {**kind, "audio_end_ms": found.end_ms, **named},
                    {"type": "input_audio_buffer.committed", **named},
                    {"type": words, "transcript": "What was that?", **named},
                )

    def forget(self) -> None:
        self.turns = 0
        self.kinds()

    def kinds(self) -> set[str]:
        seen = set()
        while not self._endpoint.received.empty():
            seen.add(self._endpoint.received.get()[1]["type"])
        return seen

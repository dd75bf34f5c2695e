#!/usr/bin/env bash
# From a bare machine (Python 3.10+ and git) to a spoken answer, without an account or a network
# service: installs what is missing, then sends a recorded question to the built-in engine.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

setup run

echo "Sending examples/question.wav to the built-in engine:"
echo
.venv/bin/s2s send-wav examples/question.wav --offline -o reply.wav --force
talk='talk --offline'
.venv/bin/python -c 'import pyaudio' 2>/dev/null ||
  talk='talk --offline --in examples/question.wav --out heard.wav   # no sound card: it needs PyAudio'
cat <<END

The spoken reply is in $PWD/reply.wav. To try next, from $PWD:
  .venv/bin/s2s $talk
  .venv/bin/s2s send-wav YOUR.wav --offline -o answer.wav
  .venv/bin/s2s --help
  bash scripts/test.sh
END

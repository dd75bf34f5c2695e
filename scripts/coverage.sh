#!/usr/bin/env bash
# How much of the rules, the wire, live sound and the session their own tests walk through, branches
# included; exit status 1 under 95 %. Arguments go to pytest, for instance --cov-report=html:.tools/coverage.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

setup test
# The proxies are tried by the program itself, in processes of its own: pyproject.toml has them
# counted too.
export COVERAGE_FILE=$root/.tools/coverage.data
mkdir -p .tools
.venv/bin/pytest tests/audio/test_chain.py tests/audio/test_*playout*.py tests/audio/test_resample.py tests/audio/test_streams.py \
  tests/conversation tests/program/test_proxies.py tests/session tests/wire \
  --deselect tests/session/test_fault_matrix.py \
  --cov=s2s.conversation --cov=s2s.wire --cov=s2s.audio.live --cov=s2s.session \
  --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=95 "$@"

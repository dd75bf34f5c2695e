#!/bin/sh
# Makes the environment in which docs/batch.md's program for Ray Data is tested: .tools/ray.
# Ray is large, and nothing of s2s needs it.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
[ -x .tools/ray/bin/python ] || "$python" -m venv .tools/ray
.tools/ray/bin/pip install --quiet -r requirements/run.txt
.tools/ray/bin/pip install --quiet 'ray[data]'

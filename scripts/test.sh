#!/usr/bin/env bash
# Installs what the tests need and runs them; arguments go to pytest, whose exit status is this
# script's. The last line sums up.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

setup test
environments_of_tests

results=.tools/tests.xml
rm -f "$results"
status=0
.venv/bin/pytest --junitxml="$results" "$@" || status=$?

.venv/bin/python - "$results" "$status" <<'PY'
import sys
import xml.etree.ElementTree as ET

path, status = sys.argv[1:]
try:
    suites = list(ET.parse(path).iter("testsuite"))
except (OSError, ET.ParseError):
    print(f"summary: pytest ended without results, exit status {status}")
    sys.exit()
total, failures, errors, skipped = (
    sum(int(suite.get(name, 0)) for suite in suites)
    for name in ("tests", "failures", "errors", "skipped")
)
failed = failures + errors
# 0 and 1 speak for themselves; any other status (interrupted, wrong arguments, nothing selected)
# must not be mistaken for a success.
ended = "" if status in ("0", "1") else f"pytest ended with exit status {status}: "
print(f"summary: {ended}{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
PY
exit "$status"

#!/usr/bin/env bash
# Runs the tests with each Python from 3.10 to 3.13 that is here, in an environment of its own in
# .tools. All of them take three quarters of an hour; arguments go to pytest, so that some can be run
# in minutes, for instance:
#
#     bash scripts/pythons.sh -q tests/conversation tests/wire tests/config tests/session
#
# Looks on the PATH and where pyenv, asdf, mise, uv and Homebrew keep theirs; names those that are
# missing, which is no failure. Exit status 1 if tests failed, or no Python was found.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

# candidates VERSION: programs that may be this Python, the best first.
candidates() {
  command -v "python$1" || true
  local folder
  for folder in "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".* \
    "${ASDF_DATA_DIR:-$HOME/.asdf}/installs/python/$1".* \
    "${MISE_DATA_DIR:-$HOME/.local/share/mise}/installs/python/$1".* \
    "${UV_PYTHON_INSTALL_DIR:-$HOME/.local/share/uv/python}/cpython-$1".* \
    "/opt/homebrew/opt/python@$1" "/usr/local/opt/python@$1"; do
    [ ! -x "$folder/bin/python$1" ] || printf '%s\n' "$folder/bin/python$1"
  done
}

# find_version VERSION: sets $python to one that runs, is that version and can make environments; a
# shim of pyenv's on the PATH may stand for a version that is not chosen here.
find_version() {
  local candidate
  while read -r candidate; do
    python=$("$candidate" -c "
import ensurepip, sys
'%d.%d' % sys.version_info[:2] == '$1' or sys.exit(1)
print(sys._base_executable)" 2>/dev/null) && return
  done < <(candidates "$1")
  return 1
}

setup test
environments_of_tests
passed=() failed=() absent=()
for version in 3.10 3.11 3.12 3.13; do
  if ! find_version "$version"; then
    absent+=("$version")
    continue
  fi
  requirements=requirements/test.txt
  if ! can_compile; then
    requirements=.tools/python$version-without-pyaudio.txt
    sed '/^pyaudio==/,/[^\\]$/d' requirements/test.txt >"$requirements"
  fi
  own_environment "python$version" "Python $version, in .tools/python$version" \
    --require-hashes --no-deps -r "$requirements"
  here=.tools/python$version/bin/python
  # The project itself has no hash.
  quietly "python$version-s2s" "s2s in it" "$here" -m pip install --no-deps -e .
  printf '\n== Python %s (%s)\n' "$version" "$python"
  if "$here" -m pytest -p no:cacheprovider "$@"; then passed+=("$version"); else failed+=("$version"); fi
done

echo
[ ${#absent[@]} = 0 ] || echo "Not here, so not tried: Python ${absent[*]}."
[ ${#passed[@]} = 0 ] || echo "Passed: Python ${passed[*]}."
[ ${#failed[@]} = 0 ] || die "Failed: Python ${failed[*]}."
[ ${#passed[@]} != 0 ] || die "None of Python 3.10 to 3.13 was found."

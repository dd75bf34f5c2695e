# shellcheck shell=bash
# Shared by try.sh, test.sh and export.sh, which source it: installs what is missing, inside this
# checkout wherever possible (.venv and .tools; delete the two folders and nothing is left but the
# system packages). Written for bash 3.2, the one that macOS has.
set -euo pipefail

root=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
logs=$root/.tools/log
if [ "$(uname -s)" = Darwin ]; then system=macos; else system=linux; fi

export PIP_CACHE_DIR=${PIP_CACHE_DIR:-$root/.tools/pip-cache} # nothing in the home folder
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

# quietly LOG SENTENCE COMMAND…: the output goes to a log and a dot a second shows life. The dots
# come from the background, so that Ctrl-C reaches the command.
quietly() {
  local log=$logs/$1.log started=$SECONDS status=0 dots
  mkdir -p "$logs"
  printf '%s ' "$2"
  trap 'echo; exit 130' INT
  while sleep 1 && kill -0 $$ 2>/dev/null; do printf .; done &
  dots=$!
  shift 2
  "$@" >"$log" 2>&1 </dev/null || status=$?
  { kill "$dots" && wait "$dots"; } 2>/dev/null || true
  trap - INT
  if [ "$status" = 0 ]; then
    printf ' done (%d s)\n' $((SECONDS - started))
  else
    printf ' failed\n'
    cat "$log" >&2
    die "That step failed with exit status $status; its output is above and in $log."
  fi
}

# --- Python ---------------------------------------------------------------------------------

# Sets $python. One of 3.10 to 3.13 is preferred: for these there are ready-made wheels of every
# locked package but PyAudio. If an environment is active, the Python that it was made with counts:
# it may be .venv itself, which is about to be replaced.
find_python() {
  local candidate newest=14
  for candidate in python3 python3.13 python3.12 python3.11 python3.10 any; do
    [ $candidate != any ] || { candidate=python3 newest=99; }
    python=$("$candidate" -c "
import sys
(3, 10) <= sys.version_info < (3, $newest) or sys.exit(1)
print(sys._base_executable)" 2>/dev/null) && return
  done
  die "s2s needs Python 3.10 or newer, and there is none here as python3 or python3.10 to python3.13."
}

# --- System packages ------------------------------------------------------------------------

missing=()

# need NAME REASON: notes a system package that is not installed, and says what it is for.
need() {
  if [ $system = macos ]; then
    [ -e "$brew_prefix/opt/$1" ] && return
  elif [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; then
    return
  fi
  [ ${#missing[@]} -gt 0 ] || echo "System packages to install:"
  printf '  %-20s %s\n' "$1" "$2"
  missing+=("$1")
}

need_to_run() {
  need portaudio19-dev "the sound library: PyAudio is compiled against it"
  need gcc "the compiler for PyAudio, which has no ready-made build for Linux"
  need libc6-dev "the C headers for that compiler"
  # A Python that is not the system's (pyenv, say) brings these two itself.
  "$python" -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' 2>/dev/null ||
    need "$(debian_python)-dev" "the Python headers for PyAudio"
  can_make_environments || need "$(debian_python)-venv" "the isolated environment .venv"
  need flite "the voice of the offline engine"
}

can_make_environments() { "$python" -c 'import ensurepip' 2>/dev/null; }

need_to_test() {
  need espeak-ng "a second voice: the spoken questions of the tests"
  need sox "makes and measures recordings"
  need pulseaudio "a sound card in software: scripts/virtual-audio.sh"
  need pulseaudio-utils "speaks into that card and listens to it"
  need libasound2-plugins "lets programs find that card"
  need tmux "a terminal that tells what a person sees"
}

# Debian's packages for python3 are python3-dev and so on; for another version, python3.12-dev.
debian_python() { basename "$python"; }

# install_system_packages run|test
install_system_packages() {
  if [ $system = macos ]; then
    install_with_brew "$1"
  elif command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
    need_to_run
    [ "$1" = run ] || need_to_test
    install_with_apt "$1"
  else
    other_system "$1"
  fi
}

# install_with_apt run|test: trying s2s out goes on without what only root can add.
install_with_apt() {
  [ ${#missing[@]} -gt 0 ] || return 0
  as_root=(env DEBIAN_FRONTEND=noninteractive)
  if [ "$(id -u)" != 0 ]; then
    # `sudo true` asks for the password where it can be seen.
    if ! command -v sudo >/dev/null || ! sudo true; then
      go_on_without_root "$1"
      return 0
    fi
    as_root=(sudo "${as_root[@]}")
  fi
  quietly apt "Installing them" apt_install
}

go_on_without_root() {
  local ask="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  [ "$1" = run ] || die "Installing these needs root; run this as root, then start again: $ask"
  can_make_environments || "$python" -m pip --version >/dev/null 2>&1 ||
    die "Installing these needs root, and without $(debian_python)-venv or pip nothing can go on. Whoever administers this machine can run: $ask"
  echo "Only root can add these; whoever administers this machine can run, as root:"
  echo "  $ask"
  echo "Until then s2s goes on without:"
  can_compile || echo "  the sound card: talk and record need PyAudio; send-wav, serve and files work"
  command -v flite >/dev/null || echo "  flite: the offline engine speaks with espeak-ng's voice, which it brings along"
}

# Whether what PyAudio is compiled with is there.
can_compile() {
  [ $system != linux ] || {
    command -v gcc >/dev/null &&
      printf '#include <Python.h>\n#include <portaudio.h>\n' |
      gcc -E -I"$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')" \
        -o /dev/null - 2>/dev/null
  }
}

# Package lists that are missing or too old show in a failed installation: only then an update.
# An earlier installation that was cut short has to be finished first.
apt_install() {
  local install=(apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120)
  "${as_root[@]}" dpkg --configure -a || true
  "${as_root[@]}" "${install[@]}" "${missing[@]}" ||
    { "${as_root[@]}" apt-get update && "${as_root[@]}" "${install[@]}" "${missing[@]}"; }
}

install_with_brew() {
  command -v brew >/dev/null ||
    die "s2s needs Homebrew to install portaudio and flite: install it, then start again."
  brew_prefix=$(brew --prefix)
  need portaudio "the sound library: PyAudio is compiled against it"
  if [ "$1" = test ]; then
    need espeak-ng "a second voice: the spoken questions of the tests"
    need sox "makes and measures recordings"
  fi
  if [ ! -e "$brew_prefix/opt/flite" ] && [ ! -e "$brew_prefix/opt/espeak-ng" ]; then
    if brew info flite >/dev/null 2>&1; then
      need flite "the voice of the offline engine"
    elif [ "$1" = run ]; then
      need espeak-ng "the voice of the offline engine"
    fi
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  quietly brew "Installing them" brew install "${missing[@]}"
}

# Other Linux systems: the packages are named, not installed.
other_system() {
  local for_tests_fedora='' for_tests_arch=''
  command -v gcc >/dev/null && command -v flite >/dev/null &&
    [ -n "$(find /usr/include /usr/local/include -maxdepth 1 -name portaudio.h 2>/dev/null)" ] && return
  if [ "$1" = test ]; then
    for_tests_fedora=' espeak-ng sox pulseaudio pulseaudio-utils alsa-plugins-pulseaudio'
    for_tests_arch=' espeak-ng sox pulseaudio alsa-plugins'
  fi
  die "Install these first, then start again: on Fedora 'dnf install gcc python3-devel portaudio-devel flite$for_tests_fedora', on Arch 'pacman -S gcc portaudio flite$for_tests_arch', elsewhere a C compiler and the headers of Python and PortAudio, and flite."
}

# --- The Python packages --------------------------------------------------------------------

# What .venv depends on: whatever changes here makes it out of date. Of pyproject.toml that is what
# stands before the settings of the tools. The folder belongs to it, as the programs in .venv/bin
# name their Python by its full path.
venv_key() {
  "$python" - "$root" <<'PY'
import hashlib, pathlib, sys
lock = [path.read_bytes() for path in sorted(pathlib.Path("requirements").iterdir())]
project = pathlib.Path("pyproject.toml").read_bytes().partition(b"[tool.pytest")[0]
print(hashlib.sha256(repr((lock, project, sys.version, sys.argv[1])).encode()).hexdigest())
PY
}

# installed run|test: the stamp is written last, so a run that was cut short left none; the imports
# notice an environment that was damaged since.
installed() {
  local modules='numpy, prompt_toolkit, pocketsphinx, rich, samplerate, soundfile, soxr, typer, websockets, yaml'
  ! can_compile || modules="$modules, pyaudio"
  [ "$1" = run ] || modules="$modules, hypothesis, openai, pytest"
  [ -x .venv/bin/s2s ] && [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$key" ] &&
    .venv/bin/python -c "import $modules" 2>/dev/null
}

# Neither Poetry nor `poetry install` is needed here, and Poetry ignores the index and certificates
# that pip is set up with. requirements/ is exported from poetry.lock (scripts/export.sh); pip
# installs exactly that, hashes checked.
install_python_packages() {
  local key
  key=$(venv_key)
  installed "$1" && return
  if [ "$1" = test ] && installed run; then
    echo "Python packages to add: the developers' tools, as locked in poetry.lock, into .venv"
  else
    echo "Python packages to install: those locked in poetry.lock, into .venv"
    rm -rf .venv
  fi
  quietly "pip-$1" "Installing them" pip_install "$1"
}

pip_install() {
  local pip=(.venv/bin/python -m pip) requirements=requirements/$1.txt
  if ! can_compile; then
    requirements=.tools/$1-without-pyaudio.txt
    sed '/^pyaudio==/,/[^\\]$/d' "requirements/$1.txt" >"$requirements" || return
  fi
  # Run as a condition, this function does not stop by itself at a command that fails: hence `&&`.
  make_venv && "${pip[@]}" install --require-hashes --no-deps -r "$requirements" &&
    "${pip[@]}" install --no-deps -e . &&
    echo "$key" >.venv/.installed-run &&
    { [ "$1" = run ] || echo "$key" >.venv/.installed-test; }
}

# Debian's Python makes environments only with python3-venv; virtualenv, which pip installs, brings
# what that lacks.
make_venv() {
  [ ! -x .venv/bin/python ] || return 0
  if can_make_environments; then
    "$python" -m venv .venv
  else
    "$python" -m pip install --target .tools/virtualenv virtualenv &&
      PYTHONPATH=.tools/virtualenv "$python" -m virtualenv .venv
  fi
}

# own_environment NAME SENTENCE PIP_ARGUMENT…: packages that must not meet those of .venv, in
# .tools/NAME. A stamp holds what was asked for, the Python it was made with and the week, so that
# "the newest" does not stay what it was.
own_environment() {
  local name=$1 sentence=$2 key
  shift 2
  key="$("$python" --version) $(date +%G-%V) $* $(cat pyproject.toml requirements/test.txt tests/clients/requirements.txt tests/clients/compat/requirements/* | cksum)"
  [ "$(cat ".tools/$name/.installed" 2>/dev/null)" = "$key" ] && return
  quietly "${name//\//-}" "$sentence" make_environment "$name" "$@"
  echo "$key" >".tools/$name/.installed"
}

make_environment() {
  local folder=.tools/$1
  shift
  "$python" -m venv --clear "$folder" && "$folder/bin/python" -m pip install "$@"
}

# Other people's programs, which the tests hold against the endpoint on this machine.
environments_of_tests() {
  own_environment clients "The official clients, in .tools/clients" -r tests/clients/requirements.txt
  own_environment newest "s2s with the newest of everything, in .tools/newest" -e .
}

# setup run|test
setup() {
  find_python
  install_system_packages "$1"
  install_python_packages "$1"
}

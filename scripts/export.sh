#!/usr/bin/env bash
# Writes requirements/run.txt and requirements/test.txt anew from poetry.lock, which is the truth; they
# spare try.sh and test.sh to install Poetry only to read it. With --check it changes nothing, and
# fails if they, or the lock, are not those of pyproject.toml.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

# Sets $poetry: the user's own if it has the export plugin (Poetry 1 cannot read this project), else
# one inside the checkout.
find_poetry() {
  poetry=(poetry)
  can_export && return
  poetry=("$root/.tools/poetry/bin/python" -m poetry)
  can_export && return
  quietly poetry "Installing Poetry into .tools/poetry, to read poetry.lock" install_poetry
}

can_export() {
  "${poetry[@]}" export --help </dev/null >/dev/null 2>&1 &&
    ! "${poetry[@]}" --version </dev/null 2>&1 | grep -q 'version 1\.'
}

install_poetry() {
  "$python" -m venv --clear .tools/poetry &&
    .tools/poetry/bin/python -m pip install 'poetry>=2.1,<3' 'poetry-plugin-export>=1.9,<2'
}

export POETRY_CACHE_DIR=$root/.tools/poetry-cache POETRY_VIRTUALENVS_CREATE=false
find_python
find_poetry
"${poetry[@]}" check --lock
folder=requirements
[ "${1:-}" != --check ] || folder=$(mktemp -d)
"${poetry[@]}" export --extras offline -o "$folder/run.txt"
"${poetry[@]}" export --extras offline --with dev -o "$folder/test.txt"
[ "$folder" = requirements ] && exit
status=0
diff -r requirements "$folder" || status=$?
rm -r "$folder"
[ $status = 0 ] || die "requirements/ is not what poetry.lock says: run bash scripts/export.sh."

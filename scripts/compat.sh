#!/usr/bin/env bash
# Other people's clients, unmodified, each in an environment of its own under .tools/compat, hold four
# turns each with `s2s serve`; prints the table of docs/compatibility.md. Arguments are names of
# clients; without any, all that can run here. The exit status is 1 if a turn failed.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

setup test
here=tests/clients/compat
names=("$@")
if [ ${#names[@]} = 0 ]; then
  names=(openai openai-agents livekit-agents pipecat pydantic-ai)
  if command -v node >/dev/null && command -v npm >/dev/null; then
    names+=(openai-node openai-agents-js)
  else
    echo "There is no Node here: its two clients are left out." >&2
  fi
fi

install_for_node() {
  mkdir -p .tools/compat/node &&
    cp "$here/package.json" .tools/compat/node/ &&
    npm install --prefix .tools/compat/node --no-audit --no-fund --cache "$root/.tools/npm-cache"
}

for name in "${names[@]}"; do
  if [ -f "$here/requirements/$name.txt" ]; then
    own_environment "compat/$name" "$name, in .tools/compat" -r "$here/requirements/$name.txt"
  elif ! cmp -s "$here/package.json" .tools/compat/node/.installed; then
    quietly compat-node "The clients for Node, in .tools/compat/node" install_for_node
    cp "$here/package.json" .tools/compat/node/.installed
  fi
done >&2

exec .venv/bin/python "$here/run.py" "${names[@]}"

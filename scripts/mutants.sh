#!/usr/bin/env bash
# Changes the rules, the codec and the playout a little, one change at a time, and sees whether their
# tests notice (mutmut). Arguments are files or patterns of files, for instance
# 's2s/conversation/transcript/*'; without any, all of them, which takes half an hour or more. Ends with
# a line for each module, the changes nobody noticed that docs/mutants.md does not excuse, and exit
# status 1 if fewer than 90 % were noticed. MUTANTS_AT_ONCE is how many run side by side (2),
# MUTANTS_IN the folder of .tools to work in (mutation), which is made anew: with folders of their own
# several modules can be tried side by side.
# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

setup test
own_environment mutants "mutmut, in .tools/mutants" 'mutmut>=3.8,<4' 'pytest>=8.2' hypothesis 'openai>=3.54' -e .

# A copy, so that nothing that is changed can reach the checkout.
name=${MUTANTS_IN:-mutation}
work=.tools/$name
rm -rf "$work"
mkdir -p "$work"
cp -R s2s tests "$work"
.venv/bin/python scripts/mutants.py configure "$work" "$@"
(
  cd "$work"
  # The tests of a copy must find the copy, and not the environment's s2s.
  PYTHONPATH=$PWD "$root/.tools/mutants/bin/python" -m mutmut run --max-children "${MUTANTS_AT_ONCE:-2}"
) 2>&1 | tee "$logs/$name.log" | tr '\r' '\n' | awk 'NR % 50 == 0'
cd "$work"
exec "$root/.tools/mutants/bin/python" "$root/scripts/mutants.py" score "$root/docs/mutants.md"

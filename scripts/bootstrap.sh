#!/bin/sh
# Makes .venv and installs pinned requirements into it, or says plainly what is missing.
#
#   scripts/bootstrap.sh requirements.txt [requirements-dev.txt]
#
# Needs Python 3.11 or newer. Uses uv where it is installed and pip otherwise. Byte-compiles what
# it installs: each process of the project would otherwise take a second longer to start.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH VIRTUAL_ENV CONDA_PREFIX || true

fail() {
    { echo; printf '%s\n' "$@"; } >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
}

# A virtual environment whose Python was removed or is too old is made anew.
if [ ! -x .venv/bin/python ] || ! is_new_enough .venv/bin/python; then
    python=$(find_python)
    if [ -z "$python" ]; then
        found=$(command -v "${PYTHON:-python3}" 2>/dev/null || true)
        [ -z "$found" ] || found=" Found: $found, $("$found" --version 2>&1)."
        fail "Python 3.11 or newer is needed and was not found.$found" \
            "Install it, or name it: make PYTHON=/path/to/python3.11 <target>"
    fi
    echo "Making the virtual environment .venv with $("$python" --version 2>&1) ..."
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --no-config --python "$python" .venv ||
            fail "uv could not make the virtual environment (its message is above)."
    else
        "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
            fail "The Python at $python lacks the modules venv and ensurepip." \
                "On Debian and Ubuntu: apt-get install python3-venv. Or install uv."
        "$python" -m venv .venv || {
            rm -rf .venv
            fail "The virtual environment could not be made (Python's message is above)."
        }
    fi
fi

arguments=
for file in "$@"; do
    arguments="$arguments -r $file"
done

echo "Installing $* ..."
# shellcheck disable=SC2086 # the arguments are file names of this project
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python .venv/bin/python --compile-bytecode $arguments ||
        fail "uv could not install the requirements (its message is above)." \
            "Without a network, point it at a package index or a folder of wheels:" \
            "UV_INDEX_URL=... or UV_FIND_LINKS=..."
else
    .venv/bin/python -m pip --version >/dev/null 2>&1 ||
        .venv/bin/python -m ensurepip >/dev/null 2>&1 ||
        fail "There is no pip in .venv. Remove .venv, install python3-venv or uv, try again."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --compile $arguments ||
        fail "pip could not install the requirements (its message is above)." \
            "Without a network, point it at a package index or a folder of wheels:" \
            "PIP_INDEX_URL=... or PIP_FIND_LINKS=..."
fi

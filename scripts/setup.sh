#!/bin/sh
# Finds a Python that suits and hands over to set_up.py, with the same arguments.
# PYTHON=/path/to/python overrides the search.
set -eu
cd "$(dirname "$0")/.."

suits() {
    "$1" -I -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    if ! suits "$PYTHON"; then
        echo "make setup: PYTHON=$PYTHON cannot be used; permitted: Python 3.11, 3.12 or 3.13" >&2
        exit 1
    fi
    exec "$PYTHON" -E -s -S scripts/set_up.py --python "$PYTHON" "$@"
fi

# The environment's own Python checks what is left to do: that spares the search. -S: without start-up hooks of packages.
if suits .venv/bin/python; then
    exec .venv/bin/python -E -s -S scripts/set_up.py "$@"
fi

for python in python3.13 python3.12 python3.11 python3; do
    if suits "$python"; then
        exec "$python" -E -s -S scripts/set_up.py --python "$python" "$@"
    fi
done
echo "make setup: no Python 3.11, 3.12 or 3.13 found; install one, or name it: make setup PYTHON=/path/to/python3.11" >&2
exit 1

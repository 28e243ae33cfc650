"""What a command computes with: one thread, unless the user says otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# What the libraries find in their environment at the moment when numpy is imported.
_CODE = """
import os, sys
found = []
sys.addaudithook(lambda event, args: event == "import" and args[0] == "numpy" and found.append(
    os.environ.get("OPENBLAS_NUM_THREADS")))
from robomatrix_py.cli import main
try:
    main(["eval", "--help"])
except SystemExit:
    pass
print(found[0], file=sys.stderr)
"""


@pytest.mark.parametrize(("given", "found"), [(None, "1"), ("3", "3")])
def test_libraries_are_told_before_they_are_imported(given: str | None, found: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    if given is not None:
        environment["OPENBLAS_NUM_THREADS"] = given
    done = subprocess.run(
        [sys.executable, "-c", _CODE], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip() == found

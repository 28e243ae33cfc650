"""Run by the tests of the supervisor."""

from supervised_process import main

main("failing")

# RoboMatrix: `make demo` and `make test` on a fresh Debian or Ubuntu machine do all that is needed, set-up included.
# How: docs/install.md

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

TASK ?= put the red cube in the bin
ARGS ?=
DISTRO ?= kilted
JOBS ?= 2
# Recipes read these from the environment, so that quotes in a task stay what they are.
export TASK PYTHON

# A shell that has sourced a ROS 2 installation would mix its libraries with those of the wheels in .venv.
ifneq ($(findstring /opt/ros/,$(AMENT_PREFIX_PATH)),)
unexport AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH LD_LIBRARY_PATH PYTHONPATH
endif

BIN := .venv/bin

.PHONY: help setup setup-dev demo test lint bench clean

help:
	@echo 'make demo [TASK="..."]  set up once, then let the simulated robot do a task'
	@echo 'make test               set up once, then check style, types and imports and run every test'
	@echo 'make setup              only set up'
	@echo 'make lint               only check style, types and imports'
	@echo 'make bench              measure and print the figures as JSON'
	@echo 'make clean              remove what the above made, except runs/'
	@echo
	@echo 'PYTHON=...  the Python to use; otherwise the newest of 3.13, 3.12, 3.11 that is found'
	@echo 'DISTRO=...  kilted or jazzy: whose ROS 2 wheels to use; otherwise kilted'
	@echo 'ARGS=...    more arguments for robomatrix run or robomatrix bench'

setup:
	@scripts/setup.sh --distro '$(DISTRO)'

setup-dev:
	@scripts/setup.sh --distro '$(DISTRO)' --dev

demo: setup
	@$(BIN)/robomatrix run "$$TASK" $(ARGS)

bench: setup
	@$(BIN)/robomatrix bench $(ARGS)

lint: setup-dev
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Tests with ROS 2 graphs or broken processes disturb each other and run alone, after the others. They measure real time:
# what fails is tried once more, since a shared machine may stand still just then; both results are printed.
ALONE := '(ros or faults) and not hardware'
test: lint
	$(BIN)/pytest -n $(JOBS) -m 'not ros and not faults and not hardware'
	$(BIN)/pytest -m $(ALONE) || $(BIN)/pytest -m $(ALONE) --last-failed --last-failed-no-failures none

clean:
	rm -rf .venv .cache build dist install log *.egg-info
	rm -rf robomatrix_interfaces/build robomatrix_interfaces/*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find robomatrix_py tests scripts launch -name __pycache__ -type d -prune -exec rm -rf {} +

# The commands for a teacher, a class and the tests. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AT_ONCE := -n 4 --dist worksteal

.PHONY: help setup setup-all run demo monitor-web cluster test course check quotes bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s%s\n", $$1, $$2 }' Makefile

setup: $(VENV)/ready ## create .venv with what the chat client and the monitor need

setup-all: $(VENV)/ready-all ## add what the tests, the checks and the benchmarks need

run: $(VENV)/ready ## start all servers; Ctrl-C stops them
	@exec $(BIN)/python -m servers $(ARGS)

demo: $(VENV)/ready ## start all servers with a class of scripted users, and the monitor
	@exec $(BIN)/python -m clients.monitor --demo $(ARGS)

monitor-web: $(VENV)/ready-browser ## show the monitor in a browser on this machine
	@exec $(BIN)/python -m clients.in_browser monitor $(ARGS)

cluster: $(VENV)/ready ## start three NATS servers, three chat servers with a scripted class, and the monitor
	@exec $(BIN)/python -m servers.hosting.cluster_demo $(ARGS)

test: $(VENV)/ready-all ## run all tests, or those in ARGS=tests/core
	@$(BIN)/python -m pytest $(AT_ONCE) $(ARGS)

course: $(VENV)/ready-all ## check the lessons of the course under twenty seeds
	@COURSE_SEEDS=20 $(BIN)/python -m pytest $(AT_ONCE) tests/tutorials/course $(ARGS)

check: $(VENV)/ready-all ## check format, lint, types, import contracts and the quotes in the lessons
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	@for lesson in tutorials/lessons/*/; do MYPYPATH=$$lesson $(BIN)/mypy --allow-untyped-calls $$(ls $$lesson*.py | grep -v -e starter -e predict) || exit; done
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tutorials.quotes --check

quotes: $(VENV)/ready ## copy the quoted code into the lessons
	@$(BIN)/python -m tutorials.quotes

bench: $(VENV)/ready-all ## compare with Twisted, asyncio and uvloop; ARGS=echo for one benchmark
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove .venv and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# Python reads the lists of requirements, because the pip of Python 3.11 does not support `pip install --group`.
# So nothing of the project itself has to be built or installed.
PROJECT := import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))
PROGRAMS := $(PROJECT); print(*project["project"]["dependencies"], sep="\n")
DEVELOPMENT := $(PROJECT); print(*project["dependency-groups"]["dev"], sep="\n")
BROWSER := $(PROJECT); print(*project["project"]["optional-dependencies"]["browser"], sep="\n")
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement

$(VENV)/ready: pyproject.toml $(VENV)/importable
	@echo "installing what the programs need into $(VENV)"
	@$(BIN)/python -c '$(PROGRAMS)' > $(VENV)/requirements.txt
	@$(INSTALL) $(VENV)/requirements.txt
	@touch $@

$(VENV)/ready-browser: $(VENV)/ready
	@echo "installing what a browser needs into $(VENV)"
	@$(BIN)/python -c '$(BROWSER)' > $(VENV)/requirements-browser.txt
	@$(INSTALL) $(VENV)/requirements-browser.txt
	@touch $@

$(VENV)/ready-all: $(VENV)/ready
	@echo "installing what the tests, the checks and the benchmarks need into $(VENV)"
	@$(BIN)/python -c '$(DEVELOPMENT)' > $(VENV)/requirements-all.txt
	@$(INSTALL) $(VENV)/requirements-all.txt
	@touch $@

# This line in site-packages lets a file in any directory import `core` and `servers`: an editor's Run button and
# `python tutorials/your_own.py` start it with another directory in front.
HERE := import os, sysconfig; \
	print(os.getcwd(), file=open(os.path.join(sysconfig.get_path("purelib"), "reactor_school.pth"), "w"))

$(VENV)/importable: | $(BIN)/python
	@$(BIN)/python -c '$(HERE)'
	@touch $@

FITS := import ensurepip, sys; print(sys.version_info >= (3, 11))
REMEDY := `$(PYTHON)` is not Python 3.11 or newer with its venv module. \
	Try `make PYTHON=python3.12`, or on Debian `apt install python3-venv`

$(BIN)/python:
	$(if $(filter True,$(shell $(PYTHON) -c '$(FITS)' 2>/dev/null)),,$(error $(REMEDY)))
	@$(PYTHON) -m venv $(VENV)

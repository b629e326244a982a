# What a teacher, a class and the tests do here. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup run demo test check quotes bench clean

help: ## list what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s%s\n", $$1, $$2 }' Makefile

setup: $(VENV)/ready ## set up .venv, and nothing else

run: $(VENV)/ready ## start all servers; Ctrl-C stops them
	@exec $(BIN)/python -m servers $(ARGS)

demo: $(VENV)/ready ## start all servers with a lively class of scripted visitors, and the monitor on them
	@exec $(BIN)/python -m clients.monitor --demo $(ARGS)

test: $(VENV)/ready ## run all tests, or those in ARGS=tests/core
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/ready ## format, lint, types, import contracts, quotes of the lessons
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tutorials.quotes --check

quotes: $(VENV)/ready ## fill the lessons' quotes in from the code
	@$(BIN)/python -m tutorials.quotes

bench: $(VENV)/ready ## measure beside Twisted, asyncio and uvloop; ARGS=echo for one
	@$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# The lists are read here, and not by `pip install --group`, because the pip that comes with Python 3.11
# knows no groups; and so nothing of the project itself has to be built or installed.
REQUIREMENTS := import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); \
	print(*project["project"]["dependencies"], *project["dependency-groups"]["dev"], sep="\n")

$(VENV)/ready: pyproject.toml | $(BIN)/python
	@echo "installing what pyproject.toml names into $(VENV)"
	@$(BIN)/python -c '$(REQUIREMENTS)' > $(VENV)/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement $(VENV)/requirements.txt
	@touch $@

FITS := import ensurepip, sys; print(sys.version_info >= (3, 11))
REMEDY := Python 3.11 or newer with its venv module is needed, and `$(PYTHON)` is not it; \
	try `make PYTHON=python3.12`, or on Debian `apt install python3-venv`

$(BIN)/python:
	$(if $(filter True,$(shell $(PYTHON) -c '$(FITS)' 2>/dev/null)),,$(error $(REMEDY)))
	@$(PYTHON) -m venv $(VENV)

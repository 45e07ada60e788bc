# Two commands matter: `make run` and `make test`. Both work on a fresh machine with Python >= 3.11.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test check format bench races kills lock clean help

help:
	@echo 'make run    a working exchange with a demonstration market (PORT=, DATA_DIR=, LEADS=file)'
	@echo 'make test   checks and tests'
	@echo 'make check  style, types, import contracts'
	@echo 'make bench  the speed table (into benchmarks/results/)'
	@echo 'make races  the races of the money, 200 rounds each'
	@echo 'make kills  processes killed during uploads and purchases, five rounds each'
	@echo 'make lock   pin the packages anew'

run: $(READY)
	@exec $(BIN)/lead-exchange demo --serve $(if $(LEADS),--leads '$(LEADS)')

test: $(READY) check
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks

kills: $(READY)
	KILL_ROUNDS=5 $(BIN)/python -m pytest -n 0 --timeout 1800 tests/whole/test_kills.py

races: $(READY)
	RACE_ROUNDS=200 $(BIN)/python -m pytest -n 2 tests/journey/purchases/test_races.py tests/journey/outcomes/test_races.py

lock: $(READY)
	$(BIN)/python -m pip install -q pip-tools
	$(BIN)/python -m piptools compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-header --extra fast -o requirements/runtime.lock pyproject.toml
	$(BIN)/python -m piptools compile -q --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-header --extra fast --extra development --allow-unsafe -o requirements/development.lock pyproject.toml

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(READY): requirements/development.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed: install it (Debian: apt-get install python3 python3-venv).'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo 'Python lacks venv: install it (Debian: apt-get install python3-venv).'; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/development.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

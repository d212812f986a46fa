# FNAScope. `make run` and `make test` need Python 3.11+, make and a package registry, nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps

.PHONY: run test lint types tests bundle translations clean help

help:            ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

run: $(STAMPS)/viewer      ## the viewer on the bundled demo slide; without a screen, the same job into out/
	@$(BIN)/python -m app --demo --out out

test: lint types tests     ## lint, types and all tests

lint: $(STAMPS)/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

types: $(STAMPS)/dev
	@$(BIN)/mypy

tests: $(STAMPS)/dev
	@OMP_NUM_THREADS=1 QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadfile -q

bundle: $(STAMPS)/dev      ## a one-folder program in dist/, smoke-tested
	@$(BIN)/python packaging/build.py

translations: $(STAMPS)/dev ## collect the window's texts, update resources/translations, compile it
	@$(BIN)/python packaging/translations.py

clean:           ## all that was made, the virtual environment too
	rm -rf $(VENV) build dist out

$(STAMPS)/system:
	@packaging/system-libraries.sh
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "FNAScope needs Python 3.11 or newer; call make with PYTHON=/path/to/python3.11.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/viewer: $(STAMPS)/system pyproject.toml
	@echo "Setting up the viewer (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(STAMPS)/dev: $(STAMPS)/system pyproject.toml
	@echo "Setting up viewer, training and test tools (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[kd,dev]'
	@touch $@ $(STAMPS)/viewer

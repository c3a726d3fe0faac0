# Everything a person types. `make run` and `make test` do all their own set-up.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help run setup test check goldens bench lint types messages lock clean

help:  ## what can be asked for
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run  ## set up what is missing and start the whole program
	@exec $(BIN)/pingji run

setup: $(VENV)/.run  ## set up without starting
	@$(BIN)/pingji setup

test: $(VENV)/.dev  ## set up what is missing and run every test
	@./tests/browser.sh
	@$(BIN)/python -m pingji.config.assets
	@$(BIN)/python -m pingji.config.messages compile
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal --durations=25 -m "not browser"
	@$(BIN)/python -m pytest -q -m browser

check: lint types messages test  ## exactly what the continuous check runs

lint: $(VENV)/.dev  ## style, and who may import whom
	@$(BIN)/ruff check src tests bench docs
	@$(BIN)/ruff format --check src tests bench docs
	@$(BIN)/lint-imports

types: $(VENV)/.dev  ## types, strict in the analysis library
	@$(BIN)/mypy --strict src/pingji/analysis --exclude tests
	@$(BIN)/mypy src/pingji/ground src/pingji/monitor src/pingji/warn src/pingji/respond src/pingji/evaluate src/pingji/integrations src/pingji/config --exclude 'tests|migrations'

messages: $(VENV)/.dev  ## every string has its Chinese
	@$(BIN)/python -m pingji.config.messages check

goldens: $(VENV)/.dev  ## agreement with reference outputs: make goldens DATA=DIR
	@$(BIN)/python -m tests.goldens $(DATA)

bench: $(VENV)/.dev  ## measure, and print the tables
	@$(BIN)/python -m bench

lock:  ## make the lock files anew after a change of pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --extra build -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --allow-unsafe --extra build --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

clean:  ## remove what set-up made; data in var/ stay
	rm -rf $(VENV) node_modules src/pingji/console/static/vendor build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "需要 Python 3.11 或更高版本 / Python 3.11 or later is needed: apt install python3")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "缺少 venv:请执行 apt install python3-venv / venv is missing: apt install python3-venv"; exit 1; }
	@echo "平急:正在建立运行环境(首次约一至两分钟)/ Pingji: making the environment (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "  安装依赖 / installing dependencies …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "  安装测试工具 / installing the test tools …"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Everything a person types in this repository.  `make report` and `make test` set themselves up: Python 3.11 or newer
# and make are all they need.  The environment is .venv; delete it (make clean) to start anew.
# Versions come from constraints.txt, so that everybody tests what CI tests; CONSTRAINTS= installs the newest allowed.

VENV := .venv
BIN := $(VENV)/bin
CONSTRAINTS ?= constraints.txt
TEMPLATE ?= monthly_quality_review
PERIOD ?=
ARGS ?=
WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help install report test up lint docs gallery clean
.DELETE_ON_ERROR:

help:
	@echo 'make report   build the example report (PERIOD=2024-05 for another month)'
	@echo 'make up       start the page and the daemon on http://127.0.0.1:3000 (ARGS="--port 3001")'
	@echo 'make test     run all tests in two processes (WORKERS=4 for more; ARGS="-k store" for some of them)'
	@echo 'make lint     ruff and mypy'
	@echo 'make docs     write the reference, the KPI list, the issues and the schemas again from what they describe'
	@echo 'make gallery  draw the pages of the seven shipped reports into docs/gallery (needs pdftoppm)'
	@echo 'make install  create .venv and install the package'
	@echo 'make clean    remove .venv and caches; reports and records stay'

install: $(VENV)/.installed

report: $(VENV)/.installed
	@$(BIN)/qms-reports build $(TEMPLATE) $(if $(PERIOD),--period $(PERIOD)) $(ARGS)

up: $(VENV)/.installed
	@exec $(BIN)/qms-reports up $(ARGS)

test: $(VENV)/.installed-dev
	@exec $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadscope $(ARGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed
	$(BIN)/python -m qms_reports.declarations.reference docs/catalogue.md
	$(BIN)/python -m qms_reports.declarations.kpi_reference docs/kpis.md
	$(BIN)/python -m qms_reports.declarations.issue_codes docs/issues.md
	$(BIN)/python -m qms_reports.declarations.json_schema docs/schema

gallery: $(VENV)/.installed
	$(BIN)/python docs/gallery/make_gallery.py $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment

# The first interpreter that is new enough and can make environments; says what to do if there is none.
define FIND_PYTHON
python=''; \
for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
  "$$candidate" -c 'import sys, venv, ensurepip; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
    && python="$$candidate" && break; \
done; \
if [ -z "$$python" ]; then \
  echo 'qms-reports needs Python 3.11 or newer with the venv module, and found none on the PATH.' >&2; \
  echo 'Install it (Debian and Ubuntu: apt install python3 python3-venv), or say where it is: make PYTHON=/path/to/python3' >&2; \
  exit 1; \
fi
endef

$(BIN)/python:
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv --quiet --allow-existing $(if $(PYTHON),--python $(PYTHON),--python '>=3.11') $(VENV); \
	else \
	  $(FIND_PYTHON); \
	  "$$python" -m venv --clear $(VENV) && $(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'; \
	fi || { rm -rf $(VENV); exit 1; }

# The stamps make a repeated call fast.  An environment made by uv has no pip of its own until it is needed.
define INSTALL
echo 'Installing into $(VENV) (about a minute, only when pyproject.toml or the constraints have changed) …'; \
if command -v uv >/dev/null 2>&1; then \
  uv pip install --quiet --python $(BIN)/python $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) $(1) --editable .; \
else \
  { $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; } && \
  $(BIN)/python -m pip install --quiet 'pip>=25.1' && \
  $(BIN)/python -m pip install --quiet $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) $(1) --editable .; \
fi
endef

$(VENV)/.installed: pyproject.toml $(CONSTRAINTS) $(BIN)/python
	@$(call INSTALL,)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml $(CONSTRAINTS) $(BIN)/python
	@$(call INSTALL,--group dev)
	@touch $(VENV)/.installed $@

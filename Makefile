# `make demo` and `make test` do all the set-up themselves, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Most tests wait, for real clocks and servers: they wait side by side.
WORKERS ?= 4
PYTHONS := 3.10 3.11 3.12 3.13
CONSTRAINTS_3.10 := -c tests/oldest.txt

.PHONY: demo test test-pythons check coverage bench faults soak clean

demo: $(VENV)/.installed
	$(BIN)/spotify-scope demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not alone" $(PYTEST_ARGS)
	$(BIN)/python -m pytest -m alone $(PYTEST_ARGS)

# Every line and branch that the tests run, in the commands' own processes too.
coverage: $(VENV)/.test
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal -m "not alone" --cov --cov-report=term $(PYTEST_ARGS)

# The other Pythons that are present, without torch: there the preprocessor itself is left out. They mostly wait,
# so they may do it together: make -j --output-sync test-pythons
test-pythons: $(PYTHONS:%=test-python-%)

test-python-%: $(VENV)/.installed
	@if $(BIN)/python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$*')"; then exit 0; fi; \
	python=$$(python$* -c 'import sys; print(sys.executable)' 2>/dev/null \
		|| ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$*.*/bin/python 2>/dev/null | tail -n 1); \
	if [ -z "$$python" ]; then echo "Python $* is not present: not tested."; exit 0; fi; \
	echo "Python $*:"; \
	"$$python" -m venv $(VENV)-$* && \
	$(VENV)-$*/bin/python -m pip install --quiet -e '.[test-core]' $(CONSTRAINTS_$*) && \
	$(VENV)-$*/bin/python -m pytest -q -n 2 -m "not alone" $(PYTEST_ARGS)

check: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

faults: $(VENV)/.test
	$(BIN)/python -W ignore -m tests.faults $(FAULTS)

soak: $(VENV)/.test
	$(BIN)/python -W ignore -m tests.soak

bench: $(VENV)/.test
	$(BIN)/python -W ignore -m tests.bench

clean:
	rm -rf .venv* .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage* build dist

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "This needs Python 3.10 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up $(VENV), once ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet -e '.[lyrics-app]'
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e '.[test]'
	@touch $@

$(VENV)/.check: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e '.[check]'
	@touch $@

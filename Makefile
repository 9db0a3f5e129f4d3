# make run    the app, in your browser
# make test   everything that is checked
# make audit  whether what the app needs has known weaknesses; asks the Python Package Index
# make clean  forget the environment and what the tests left
#
# Another Python: make run PYTHON=python3.12

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test audit clean

run: $(VENV)/app-installed
	$(BIN)/streamlit run app.py

test: $(VENV)/browser-found
	@echo "== Style"
	$(BIN)/ruff check
	@echo "== Types of the core"
	$(BIN)/mypy
	@echo "== Tests"
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal

audit: $(VENV)/tests-installed
	@$(BIN)/python tools/audit.py

# Each file named below is empty: its time says when its step was last done.
$(VENV)/app-installed: requirements.txt | $(BIN)/pip
	@echo "== Installing what the app needs (once, about a minute)"
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/tests-installed: requirements.txt requirements-canvas.txt requirements-dev.txt | $(BIN)/pip
	@echo "== Installing what the tests need (once, about a minute)"
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

$(VENV)/browser-found: tools/get_browser.py tools/get_nginx.py $(VENV)/tests-installed
	@echo "== Looking for a browser, and for nginx"
	$(BIN)/python tools/get_browser.py
	$(BIN)/python tools/get_nginx.py
	@touch $@

$(BIN)/pip:
	@echo "== Creating $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	    { rm -rf $(VENV); echo "Python could not create $(VENV). On Debian and Ubuntu: apt install python3-venv"; exit 1; }

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

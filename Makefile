# The two commands: `make book` and `make test`. Everything is set up in .venv; nothing else is needed
# but Python 3.11 or later, git and make.
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip

export PYTHONDONTWRITEBYTECODE := # compiled once, the packages import three times faster

.PHONY: book test verify bench lab browser epubcheck lock fingerprint look stale addresses pdf handout epub site firefox lighthouse clean linkcheck release upgrade

book: .venv/book
	@$(BIN)/jupyter-book build . || { $(BIN)/python -m book form; exit 1; } # Jupyter Book tells faults of form at length
	@echo "Open file://$(CURDIR)/_build/html/index.html"

# What a plain build cannot make, for it takes a browser: editions of the book that is in _build/html.
pdf handout epub: .venv/tests browser
	$(BIN)/python -m book.editions $@

site: book ## the book with all its editions
	$(MAKE) pdf
	$(MAKE) handout
	$(MAKE) epub

test: .venv/tests browser epubcheck
	$(BIN)/ruff check .
	$(BIN)/mypy book tests $(if $(wildcard chapters/*.py),chapters)
	$(BIN)/deptry .
	$(BIN)/python -m pytest tests

lab: .venv/book
	$(UV) install --quiet --python $(BIN)/python --constraint requirements.txt 'jupyterlab>=4.4,<5' # shows notebooks; Binder has its own
	PYTHONPATH=$(CURDIR) $(BIN)/jupyter lab notebooks

look: .venv/tests browser ## screenshots of every page, two widths, two themes, in _build/look
	PYTHONPATH=. $(BIN)/python tests/look.py

fingerprint: .venv/book ## make fingerprint BRIEF=brief.txt: see CONTRIBUTING.md
	$(BIN)/python -m book.fingerprint $(BRIEF)

stale: .venv/book ## what is due: facts, readings, the next review; fails if anything is; make stale ON=2027-01-01 for another day
	$(BIN)/python -m book stale $(ON)

addresses: book ## before an edition goes out: keeps the addresses of all its rows, which then must lead somewhere for good
	$(BIN)/python -m book addresses

COMPILE := $(UV) compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock: .venv/uv ## both locks, as near to what they were as the requirements allow: with hashes, for every platform, and without the address of a registry
	$(COMPILE) -o requirements.txt requirements.in
	$(COMPILE) -c requirements.txt -o tests/requirements.txt tests/requirements.in

upgrade: ## both locks with the newest versions that the requirements allow
	$(MAKE) lock COMPILE='$(COMPILE) --upgrade'

.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9 # installs and locks, fast
	@touch $@

.venv/book: .venv/uv requirements.txt
	$(UV) install --quiet --python $(BIN)/python --require-hashes -r requirements.txt
	@touch $@

.venv/tests: .venv/book tests/requirements.txt
	$(UV) install --quiet --python $(BIN)/python --require-hashes -r tests/requirements.txt
	@touch $@

# A Chromium: one on the PATH, else Debian's where it may be installed, else Playwright's own.
browser: .venv/tests
	@command -v chromium || command -v chromium-browser || command -v google-chrome \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation fonts-dejavu-core >/dev/null \
	     && command -v chromium; } \
	|| $(BIN)/playwright install chromium

# The checker of e-books: the one on the PATH, else Debian's where it may be installed.
epubcheck:
	@command -v epubcheck \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
	     && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends epubcheck >/dev/null \
	     && command -v epubcheck; } \
	|| echo "epubcheck is missing; its test will fail. See https://www.w3.org/publishing/epubcheck/"

firefox: .venv/tests ## a smaller round with Firefox: policy, files, search, print
	@command -v firefox-esr || command -v firefox \
	|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends firefox-esr >/dev/null; }
	$(UV) install --quiet --python $(BIN)/python 'marionette-driver==3.7.1' # not in the lock: it excludes macOS
	$(BIN)/python -m pytest -n 0 tests/firefox_round.py

linkcheck: .venv/tests ## is every address that the book cites still there? Report in _build/links.md
	PYTHONPATH=. $(BIN)/python tests/links.py

release: .venv/tests browser ## make release VERSION=0.4.0 prepares it in _build/release: see CONTRIBUTING.md
	$(BIN)/python -m book.release '$(VERSION)' $(if $(LAST),'$(LAST)')

verify: .venv/tests ## builds twice, as differently as it goes, compares byte for byte, prints the hash of the book
	PYTHONPATH=. $(BIN)/python tests/verify.py

bench: .venv/tests ## the time that builds take, against a stock configuration; some 40 minutes
	PYTHONPATH=. $(BIN)/python tests/bench.py

lighthouse: .venv/tests browser ## scores of every page on a phone profile; needs Node.js
	PYTHONPATH=. $(BIN)/python tests/lighthouse.py

clean:
	rm -rf _build .venv

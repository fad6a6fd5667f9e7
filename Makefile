# Callroom's words. Every one installs what it needs into .venv first; the second time there is nothing to install.

PYTHON = python3.11
RUN = .venv/bin/python
TESTS = -n 2 --dist loadfile --no-loadscope-reorder
BENCH = card
LIKE_PRODUCTION = DATABASE_URL=postgresql://localhost/none SECRET_KEY=only-for-this-check-only-for-this-check-only-for-1 \
    ENCRYPTION_KEYS= SUPPRESSION_KEY=another-for-this-check OFFICE_ORIGIN=https://crm.example.com WIDGET_ORIGIN=https://widget.example.com
LOCK = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 \t/p' Makefile | expand -t 24

demo: production ## everything at once: the CRM, demo data and a simulated Daktela desk to ring it
	@exec $(RUN) manage.py demo

demo-reset: production ## the same with fresh demo data
	@exec $(RUN) manage.py demo --reset

run: production ## the CRM alone, for the DATABASE_URL and REDIS_URL of the environment, or our own servers
	@exec $(RUN) manage.py run

test: development ## all tests; one of them: make test TESTS=tests/crm/test_phones.py
	@exec $(RUN) -m pytest $(TESTS)

check: development ## style, types, templates, imports and migrations, without running anything
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +
	$(RUN) -m mypy crm integrations widget
	.venv/bin/lint-imports --no-cache --no-logo
	$(LIKE_PRODUCTION) $(RUN) manage.py check --deploy --fail-level WARNING
	$(RUN) -W ignore manage.py makemigrations --check --dry-run

bench: development ## measures one promise: make bench BENCH=card
	@exec $(RUN) -m bench $(BENCH)

faults: development ## breaks a running Callroom in every way we know, and counts: make faults ROWS="--short"
	@exec $(RUN) -m faults $(ROWS)

screenshots: development ## takes the README's pictures anew
	@exec $(RUN) -m tests.screenshots

vendor: development ## fetches the browser's foreign files anew (needs npm)
	@exec $(RUN) vendor.py

lock: development ## resolves requirements*.in anew into the hash-pinned lock files
	for name in requirements-uv requirements requirements-dev; do $(LOCK) $$name.in --output-file $$name.txt > /dev/null; done

setup: development ## installs everything for working on Callroom

production development:
	@for python in .venv/bin/python $(PYTHON) python3; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then \
	        exec $$python install.py $@; \
	    fi; \
	done; \
	echo "Callroom needs Python 3.11 or newer. On Debian: apt install python3 python3-venv" && exit 1

.PHONY: help demo demo-reset run test check bench faults screenshots vendor lock setup production development

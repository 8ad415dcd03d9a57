# Everything here sets itself up from Python >= 3.11, make and git.
PYTHON ?= python3
BIN := .venv/bin
# The Node that tests and lints run on is the one in the lock file, whatever the machine has.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export REDOCLY_TELEMETRY := off
export PIP_DISABLE_PIP_VERSION_CHECK := 1

ifeq ($(origin PYTHON) $(wildcard .venv/bin/python),command line .venv/bin/python)
ifneq ($(shell $(PYTHON) -V),$(shell .venv/bin/python -V))
$(error .venv has $(shell .venv/bin/python -V), and $(PYTHON) is $(shell $(PYTHON) -V): make clean first)
endif
endif

# $(call locked,VENV,NAME) installs what requirements/NAME.txt says, and nothing else: no resolver looks at what the index
# has by now. $(call ourselves,VENV) adds this project, and pip check says whether all of it fits together.
# Python compiles what is imported; pip would compile all of it.
locked = $(1)/bin/python -m pip install --quiet --no-deps --no-compile --require-hashes --requirement requirements/$(2).txt
ourselves = $(1)/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
checked = $(1)/bin/python -m pip check >/dev/null || $(1)/bin/python -m pip check
# pip leaves what a lock no longer names: an environment whose lock has changed is made anew.
anew = test ! -e $(@:.locked=.ok) || $(1)/bin/python -m venv --clear $(1)
UV := .venv/resolve/bin/uv

# An idle process takes over tests of a busy one. How many there are, conftest.py says.
PYTEST := pytest -q -n auto --dist worksteal
UNIT := not contract and not node and not long and not soak
.PHONY: help demo test checks test-long soak install generate regenerate check-generated lint lint-specs size types unit contract bench-mock prism mock build lock clean test-newest test-lowest bench-poll bench-schedule bench-import bench-download bench-journal bench-durable docs-check bench-drift drift-patch provider readme shuffled docs picture licences api-check
.DEFAULT_GOAL := help

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

demo: .venv/run.ok  ## one request to each vendor, mocked; LIVE=1 takes the real ones whose keys are set
	@imagetasks demo --out out $(if $(LIVE),--live)

test: checks  ## all checks of a change
	$(PYTEST) -m "not long and not soak"

# Each of these keeps one core busy; what one needs is installed while another runs.
CHECKS := types lint check-generated
checks: .venv/dev.ok
	@$(MAKE) --jobs=2 --no-print-directory $(CHECKS)

# What a change could break in a corner: every case of every law, coverage, and the suites that take longer. A short test
# is the beginning of a long one.
test-long: export HYPOTHESIS_PROFILE := full
test-long: CHECKS += docs
test-long: checks  ## the same with more cases and coverage, and the suites that take longer; CI runs it
	$(PYTEST) -m "$(UNIT) and not law and not short" --cov --cov-report=term
	$(PYTEST) -m "(contract or node or law or long) and not short and not soak"

soak: install  ## what takes hours: before a release
	$(PYTEST) -m soak

install: .venv/dev.ok .venv/codegen/ok mock/node_modules/.package-lock.json  ## everything for development, from the lock files

provider: .venv/dev.ok .venv/codegen/ok  ## the skeleton of a new vendor: make provider NAME=...
	python openapi/tools/provider.py "$(NAME)"
	python openapi/tools/generate.py

generate: .venv/dev.ok .venv/codegen/ok  ## the specs become generated/ and pages of docs/, and AsyncClient becomes Client
	python openapi/tools/generate.py
	python wrapper/tools/make_client.py
	python openapi/tools/make_pages.py

regenerate: install  ## changed specs become clients, versions and CHANGELOG entries, all or nothing; BASE=ref compares with that
	@python openapi/tools/regenerate.py $(if $(BASE),--base $(BASE))

readme: .venv/dev.ok  ## the tables of the README become what adapters and specs say
	python wrapper/tools/make_readme.py

check-generated: .venv/dev.ok .venv/codegen/ok  ## fail when generated/ or docs/ is not what the specs give, or a table of the README not what they say
	python openapi/tools/generate.py --check
	python wrapper/tools/make_client.py --check
	python wrapper/tools/make_readme.py --check
	python openapi/tools/make_pages.py --check

lint: .venv/dev.ok lint-specs  ## ruff, and the specs
	ruff check .
	ruff format --check .

lint-specs: install  ## openapi-spec-validator, Redocly, every example against its schema, versions; BASE=ref as above
	python openapi/tools/lint.py
	python openapi/tools/check_versions.py $(if $(BASE),--base $(BASE))

docs-check: .venv/dev.ok  ## the vendors' pages against the specs; PAGES=dir takes saved ones, RECORD=1 writes their hashes
	@PYTHONPATH=openapi/tools python -m docs_check --format $(or $(FORMAT),text) $(if $(PAGES),--pages $(PAGES)) $(if $(RECORD),--record)

docs: .venv/dev.ok  ## the documentation in build/docs; a warning is an error, and so is a link that leads nowhere
	@sphinx-build --builder html --fail-on-warning --keep-going --fresh-env --quiet docs build/docs
	@python docs/check_site.py build/docs

picture: .venv/dev.ok  ## of the live view, as the command draws it: docs/images/live.svg; a quarter of a minute
	@python wrapper/tools/make_live.py

size: .venv/dev.ok  ## lines of code by folder, and the longest files
	@python wrapper/tools/size.py

shuffled: install  ## the unit tests TIMES times (10), each time in another order
	for seed in $$(seq $(or $(TIMES),10)); do $(PYTEST) --shuffle $$seed -m "$(UNIT)" || exit 1; done

types: .venv/dev.ok  ## mypy --strict and pyright
	mypy
	pyright

unit: .venv/dev.ok .venv/codegen/ok  ## the tests that need nothing but Python
	$(PYTEST) -m "$(UNIT)"

contract: install  ## specs, clients, wrapper and mock against each other, Schemathesis and Prism
	$(PYTEST) -m "(contract or node) and not long and not soak"

bench-mock: install  ## the mock beside Prism: speed, start, memory; beside itself, with its page open; five minutes; QUICK=1 is a trial
	export PYTHONPATH=tests; python -m benchmarks.mock $(if $(QUICK),--quick) && python -m benchmarks.watched $(if $(QUICK),--quick)

prism: install  ## SPEC=akool: Prism, the independent mock, on that spec
	npx --no --prefix mock prism mock openapi/$(or $(SPEC),xingchaoyiqing).yaml

bench-poll: .venv/bench/ok  ## what a poll costs, beside other ways of polling, and how late it is; twelve minutes; QUICK=1 is a trial
	export PYTHONPATH=tests; .venv/bench/bin/python -m benchmarks.poll $(if $(QUICK),--quick); polls=$$?; \
	.venv/bench/bin/python -m benchmarks.lag $(if $(QUICK),--quick) && exit $$polls

bench-schedule: .venv/dev.ok  ## when to look: polls against lag, in simulated time; two minutes
	PYTHONPATH=tests python -m benchmarks.schedule

bench-import: .venv/dev.ok  ## what an import costs, beside that of httpx; two minutes; QUICK=1 is a trial
	PYTHONPATH=tests python -m benchmarks.imports $(if $(QUICK),--quick)

bench-download: .venv/dev.ok  ## what a download costs by how many are under way; three minutes; QUICK=1 is a trial
	PYTHONPATH=tests python -m benchmarks.download $(if $(QUICK),--quick)

bench-journal: .venv/dev.ok  ## how many submits a second a journal takes; seconds
	python tests/benchmarks/journal.py

bench-durable: .venv/dev.ok  ## what a task of the durable runner costs, beside bare DBOS and the client alone; a quarter of an hour; QUICK=1 is a trial
	PYTHONPATH=tests python -m benchmarks.durable $(if $(QUICK),--quick)

bench-drift: .venv/dev.ok  ## what it costs to hold each answer against its spec; seconds
	python tests/benchmarks/drift.py

drift-patch: .venv/dev.ok  ## FILE=drift.jsonl: what was seen, as a proposal for the specs; writes nothing
	@python openapi/tools/propose.py $(FILE)

mock: .venv/run.ok  ## our own mock of all vendors
	@imagetasks mock

build: .venv/dev.ok  ## the wheel and the source archive, in dist/; the same bytes whenever and wherever they are built
	python -m hatchling build

licences: .venv/dev.ok  ## of all that is installed; fails where one is not known
	@python wrapper/tools/licences.py

# A tag if there is one, else the main branch.
RELEASED = $(or $(BASE),$(shell git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || git rev-parse --verify --quiet --abbrev-ref main || echo origin/main))
api-check: .venv/dev.ok  ## what breaks in the public names, the mock's too, since the last tag, or main; BASE=ref as above
	@griffe check imagetasks --search wrapper --against $(RELEASED); wrapper=$$?; \
	griffe check imagetasks_mock --search mock --extensions wrapper/tools/mock_api.py --against $(RELEASED) && exit $$wrapper

test-newest: .venv/resolve/ok  ## the unit tests of what is shipped, with the newest releases inside of our bounds
	$(call tried-with,newest,highest)

test-lowest: .venv/resolve/ok  ## the same with the oldest
	$(call tried-with,lowest,lowest-direct)

# Only what a user gets is resolved like that; what runs the tests is the newest.
SHIPPED := tests/wrapper tests/mock tests/test_package.py tests/test_readme.py
define tried-with
	$(UV) venv --quiet --clear --python $(BIN)/python .venv/$(1)
	$(UV) pip compile pyproject.toml --quiet --all-extras --resolution $(2) --python .venv/$(1)/bin/python \
	  --no-header --no-annotate -o .venv/$(1)/requirements.txt
	$(UV) pip install --quiet --python .venv/$(1)/bin/python --requirement .venv/$(1)/requirements.txt --group build --group test --editable .
	.venv/$(1)/bin/python -m pytest -q -n auto -m "$(UNIT)" $(SHIPPED)
endef

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate $(if $(UPGRADE),--upgrade)
lock: .venv/resolve/ok  ## pyproject.toml becomes the lock files; what is pinned stays as long as it fits; UPGRADE=1 takes the newest
	$(COMPILE) pyproject.toml --all-extras --group dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra cli --extra mock --group build -c requirements/dev.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra fast --group bench -c requirements/dev.txt -o requirements/bench.txt
	$(COMPILE) --group codegen -o requirements/codegen.txt
	$(COMPILE) --group resolve -o requirements/resolve.txt

clean:  ## back to a fresh checkout
	rm -rf .venv mock/node_modules out dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "imagetasks needs Python 3.11 or later: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "This Python has no venv module: install it (Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }

.venv/run.locked: requirements/run.txt | .venv/bin/python
	@echo "Installing what the demo and the mock need ..."
	@$(call anew,.venv)
	@$(call locked,.venv,run)
	@touch $@

.venv/dev.locked: requirements/dev.txt | .venv/bin/python
	@echo "Installing what development needs ..."
	@$(call anew,.venv)
	@$(call locked,.venv,dev)
	@touch $@ .venv/run.locked

.venv/%.ok: .venv/%.locked pyproject.toml
	@$(call ourselves,.venv)
	@$(call checked,.venv)
	@touch $@ .venv/run.ok

.venv/codegen/ok: requirements/codegen.txt | .venv/dev.ok
	@echo "Installing the code generator ..."
	@$(BIN)/python -m venv --clear .venv/codegen
	@$(call locked,.venv/codegen,codegen)
	@$(call checked,.venv/codegen)
	@touch $@

.venv/resolve/ok: requirements/resolve.txt | .venv/dev.ok
	@$(BIN)/python -m venv --clear .venv/resolve
	@$(call locked,.venv/resolve,resolve)
	@touch $@

.venv/bench/ok: requirements/bench.txt pyproject.toml | .venv/bin/python
	@echo "Installing what is measured beside ..."
	@$(BIN)/python -m venv --clear .venv/bench
	@$(call locked,.venv/bench,bench)
	@$(call ourselves,.venv/bench)
	@$(call checked,.venv/bench)
	@touch $@

mock/node_modules/.package-lock.json: mock/package-lock.json | .venv/dev.ok
	@echo "Installing Prism and Redocly ..."
	@npm ci --prefix mock --silent
	@touch $@

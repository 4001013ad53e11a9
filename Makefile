# Two commands matter: `make book` and `make test`. Everything they need goes into .venv.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
# Files, not names: a second call finds them up to date and starts at once.
INSTALLED := $(VENV)/.installed
EXTRAS_INSTALLED := $(VENV)/.installed-extras
BENCH := .venv-bench
BENCH_INSTALLED := $(BENCH)/.installed
AUDIT := .venv-audit
AUDIT_INSTALLED := $(AUDIT)/.installed
SITE := .venv-site
SITE_INSTALLED := $(SITE)/.installed
TORCH := $(shell grep '^torch==' benchmarks/requirements.in)
NOTEBOOKS := $(wildcard intro.ipynb chapters/*.ipynb)
# Two files are tested at once. What takes longest begins first, so that no processor waits at the end.
LONGEST := $(addprefix tests/test_,same_bytes.py stored_readings.py build.py gradients.py claims.py bits.py) \
	$(addprefix chapters/,readings.ipynb own.ipynb expulsion.ipynb again.ipynb attractor.ipynb)
longest_first = $(filter $(1),$(LONGEST)) $(filter-out $(LONGEST),$(1))
PYTEST := $(PY) -m pytest
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder
TEST := $(PYTEST) -m "not alone" $(PARALLEL) $(call longest_first,$(wildcard tests/test_*.py))
# Outputs are compared without pictures.
COMPARE := $(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout 1800 $(PARALLEL) $(call longest_first,$(NOTEBOOKS))
# What the library logs, such as which reading is run, is shown.
LOGGED := import logging; logging.basicConfig(level='INFO', format='%(message)s')
UV_COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

# Chapters built and chapters tested share their runs and their compiled kernels.
export GAUSSMLP_CACHE := $(CURDIR)/.cache
# A reader's own matplotlibrc or IPython profile must not change what the chapters print.
export MPLCONFIGDIR := $(CURDIR)/$(VENV)/etc/matplotlib
export IPYTHONDIR := $(CURDIR)/$(VENV)/etc/ipython
unexport PYTHONPATH PYTHONHOME MPLBACKEND
# Where bytecode is not kept, every kernel of every chapter compiles 1,300 modules again: 3 s each.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book serve lab pdf test test-chapters test-site fuzz lint audit chapter format picture readings \
	bench large release verify lock clean distclean

help:  ## show this list
	@awk -F ':.*## ' '/^## / { print "\n" substr($$0, 4) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

## Read

# The readings take a chapter's kernel minutes without a sign of life: here they say how far they are.
book: $(INSTALLED)  ## compute every chapter afresh and build the website into _build/html
	@test -z "$(PUBLISH)" || test -n "$(BOOK_URL)" -a -n "$(SOURCE_URL)" || \
		{ echo "BOOK_URL and SOURCE_URL must name the addresses of book and source to publish." >&2; exit 1; }
	@case "$(BOOK_URL)" in ""|https://*) ;; \
		*) echo "BOOK_URL must begin with https://, got $(BOOK_URL)" >&2; exit 1 ;; esac
	rm -rf _build
	@test ! -e chapters/readings.ipynb || $(PY) -c "$(LOGGED); \
		from gaussmlp.study.readings import train_readings; train_readings()"
	GAUSSMLP_BOOK=$(CURDIR)/_build/figures IPYTHONDIR=$(IPYTHONDIR)-book \
		$(VENV)/bin/jupyter-book build . -W -n --keep-going
	@$(PY) tests/self_contained.py _build/html
	@echo "The book is built: open $(CURDIR)/_build/html/index.html, or run 'make serve'."

serve:  ## show the built website at http://localhost:8000 (PORT=... for another port)
	@test -f _build/html/index.html || { echo "There is no book yet: run 'make book' first." >&2; exit 1; }
	@echo "The book is at http://localhost:$(PORT) (Ctrl-C ends it)"
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

lab: $(INSTALLED)  ## open the chapters in JupyterLab (NAME=losses: only that one)
	@echo "Run and edit as you like. Before you commit, 'make chapter' makes the saved outputs those of the repository."
	$(PY) -m jupyterlab --notebook-dir=. $(if $(filter 0,$(shell id -u)),--allow-root) \
		$(if $(NAME),$(firstword $(wildcard $(NAME).ipynb) chapters/$(NAME).ipynb),chapters)

# Chapters that 'make book' has run are not run again.
pdf: $(INSTALLED)  ## print the whole book into _build/book.pdf, explorers as still pictures (Chromium)
	$(VENV)/bin/jupyter-book build . --builder singlehtml
	chromium --headless --no-sandbox --disable-gpu --disable-background-networking --no-pdf-header-footer \
		--force-prefers-reduced-motion \
		--virtual-time-budget=120000 --print-to-pdf=$(CURDIR)/_build/book.pdf \
		file://$(CURDIR)/_build/singlehtml/intro.html

## Check

# GAUSSMLP_REQUIRE_EXTRAS=1 installs JAX and Dask as well, and a skipped test of theirs is a failed one.
test: $(INSTALLED) $(if $(GAUSSMLP_REQUIRE_EXTRAS),$(EXTRAS_INSTALLED))  ## run the tests and compare every chapter's output (10 minutes)
	@set -e; \
	part() { name=$$1; shift; began=$$(date +%s); "$$@"; \
		took="$$took  $$(( $$(date +%s) - began )) s  $$name\n"; }; \
	part "tests" $(TEST); \
	part "tests that measure a time" $(PYTEST) tests -m alone; \
	part "chapters" $(COMPARE); \
	printf "make test took\n$$took"

test-chapters: $(INSTALLED)  ## compare every chapter's output with the stored one, as make test does
	$(COMPARE)

# OPTIONS="-k expulsion" looks at one page. What measures times has the machine for itself.
LOOK = $(SITE)/bin/python -m pytest --confcutdir=tests/site
TIMED := tests/site/explore_train_it.py tests/site/training.py
test-site: $(SITE_INSTALLED) $(INSTALLED)  ## look at the built website, and train in it, and in a live chapter (Chromium)
	@test -f _build/html/index.html || { echo "There is no book yet: run 'make book' first." >&2; exit 1; }
	$(LOOK) -n 2 --dist loadgroup tests/site/pages.py $(OPTIONS)
	$(LOOK) $(PARALLEL) tests/site/live.py \
		$(filter-out %/conftest.py %/pages.py %/live.py $(TIMED),$(wildcard tests/site/*.py))
	$(LOOK) -s $(TIMED)

lint: $(INSTALLED)  ## check style and layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-cache

fuzz: $(INSTALLED)  ## try 9,000 arbitrary protocols and command lines
	GAUSSMLP_FUZZ=1 $(PYTEST) tests/test_fuzz.py

## Work on it

chapter: $(INSTALLED)  ## run notebooks and save the outputs that belong to them (NAME=losses: only that one)
	$(PY) tests/refresh.py $(if $(NAME),$(firstword $(wildcard $(NAME).ipynb) chapters/$(NAME).ipynb),$(NOTEBOOKS))
	@git --no-pager diff --stat -- $(NOTEBOOKS)

format: $(INSTALLED)  ## give code and notebooks the one style, and README.md its numbers of lines
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
	awk -F '`' '/^\| [0-9]+ \| `/ { ("wc -l < " $$2) | getline lines; sub(/[0-9]+/, lines + 0) } { print }' \
		README.md > $(VENV)/README.md && cp $(VENV)/README.md README.md

picture: $(INSTALLED)  ## draw the README's picture again, which is the book's first figure
	MPLBACKEND=agg $(PY) -c "from gaussmlp import Protocol, Run, run_grid, train_all; \
		from gaussmlp.book.figures.intro import what_is_given_away; \
		from gaussmlp.study.recovery import null_runs, showcase; \
		nominal = Protocol(); seed = showcase(nominal, 20, 'C'); \
		runs = [Run(nominal, 20, mask, seed) for mask in ('standard', 'C', 'O')]; \
		drawing = what_is_given_away(train_all(runs), run_grid(nominal), null_runs(nominal)); \
		drawing.savefig('assets/overview.png', dpi=130)"

# The benchmark's packages never enter .venv. NAME names the machine, OPTIONS go to the command.
bench: $(BENCH_INSTALLED)  ## time our training beside NumPy, PyTorch and JAX (OPTIONS="--steps 5000")
	mkdir -p benchmarks/results
	PYTHONPATH=lib $(BENCH)/bin/python benchmarks/harness.py $(OPTIONS) \
		--out benchmarks/results/$(or $(NAME),here).json

readings: $(INSTALLED)  ## run all pairs of readings again, which takes too long for the book (6 minutes)
	$(PY) -c "$(LOGGED); from gaussmlp.study.readings import combinations, results, run_readings; \
		table = results(run_readings(combinations())); \
		table.to_csv('benchmarks/results/readings.csv', float_format='%.6g', lineterminator='\n')"

large: $(INSTALLED)  ## train the large networks again (two hours; what is done is kept)
	$(PY) -c "from gaussmlp.study.large import run_large; \
		run_large(progress=True).to_csv('benchmarks/results/large.csv', index=False, lineterminator='\n')"

release: $(INSTALLED)  ## make dist/gaussmlp-VERSION.tar.gz from the tag of that version (VERSION=0.2.0 SOURCE_URL=...)
	@test -n "$(VERSION)" || { echo "VERSION must name what is released, such as 0.2.0." >&2; exit 1; }
	@$(PY) extensions/release.py make $(VERSION)

verify: $(INSTALLED)  ## make a release's data and site again, and say what is equal (ARCHIVE=FILE)
	@test -f "$(ARCHIVE)" || { echo "ARCHIVE must name a release, such as dist/gaussmlp-0.2.0.tar.gz." >&2; exit 1; }
	@$(PY) extensions/release.py verify $(ARCHIVE)

## Keep it up to date

# The benchmark's lock has no CUDA (see requirements.in), and an mpmath as old as torch's sympy wants.
lock: $(INSTALLED)  ## pin the dependencies again after an edit of pyproject.toml (UPGRADE=1: newest versions)
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --extra book --extra test --extra lab pyproject.toml -o requirements.lock
	printf 'jax\njaxlib\ndistributed\n' | $(UV_COMPILE) $(if $(UPGRADE),--upgrade) -c requirements.lock \
		$$(sed -n 's/^\([^= ]*\)==.*/--no-emit-package \1/p' requirements.lock) - -o tests/requirements-extra.lock
	printf 'pytest\npytest-xdist\nplaywright\naxe-playwright-python\npillow\ncffconvert\n' | $(UV_COMPILE) $(if $(UPGRADE),--upgrade) - -o tests/requirements-site.lock
	printf 'pip-audit\npip-licenses-cli\n' | $(UV_COMPILE) $(if $(UPGRADE),--upgrade) - -o tests/requirements-audit.lock
	awk '/^[^ ]/ { drop = /^mpmath==/ } !drop' requirements.lock > $(VENV)/constraints.txt
	$(UV_COMPILE) $(if $(UPGRADE),--upgrade) --prerelease disallow -c $(VENV)/constraints.txt \
		pyproject.toml benchmarks/requirements.in -o $(VENV)/bench.lock
	awk '/^[^ ]/ { drop = /^(torch|triton|nvidia-[a-z0-9-]*|cuda-[a-z]*)==/ } !drop' $(VENV)/bench.lock \
		> benchmarks/requirements.lock

# The tools that look never enter .venv, or they would list themselves.
audit: $(AUDIT_INSTALLED)  ## list what is installed, with licences and known advisories
	PYTHONWARNINGS=ignore $(AUDIT)/bin/pip-licenses --python $(PY)
	$(AUDIT)/bin/pip-audit --progress-spinner off --path $(VENV)/lib/python*/site-packages

clean:  ## remove the built website and the cached runs
	rm -rf _build .cache .hypothesis .pytest_cache .ruff_cache

distclean: clean  ## remove .venv as well
	rm -rf $(VENV) $(BENCH) $(AUDIT) $(SITE) lib/*.egg-info

# uv installs in a sixth of the time; it comes out of the lock too, so that nothing is unpinned.
# pip stands in where only pip knows the way to a mirror.
# matplotlib's font cache is made here, or the first chapter would print a message about it.
# Kernels warn that they talk over unencrypted TCP, at every chapter: it stays on this machine.
$(INSTALLED): requirements.lock pyproject.toml extensions/book_kernel_config.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=... names one)." >&2; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/^ *#/p' requirements.lock > $(VENV)/uv.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.lock
	$(call install,requirements.lock)
	$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	$(PY) -c 'import matplotlib.font_manager'
	mkdir -p $(IPYTHONDIR)/profile_default $(IPYTHONDIR)-book/profile_default
	echo 'c.IPKernelApp.log_level = "ERROR"' > $(IPYTHONDIR)/profile_default/ipython_kernel_config.py
	cp extensions/book_kernel_config.py $(IPYTHONDIR)-book/profile_default/ipython_kernel_config.py
	touch $@

$(EXTRAS_INSTALLED): tests/requirements-extra.lock $(INSTALLED)
	$(call install,$<)
	touch $@

# torch has no hash in the lock: its CPU builds come from PyTorch's own index, which uv knows by the
# name of the backend, and have other hashes than the CUDA builds that a lock would find.
$(BENCH_INSTALLED): benchmarks/requirements.lock benchmarks/requirements.in $(INSTALLED)
	test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	$(call install,$<,$(BENCH)/bin/python)
	$(PY) -m uv pip install --quiet --python $(BENCH)/bin/python --no-deps --torch-backend cpu $(TORCH) \
		|| $(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps $(TORCH)+cpu
	touch $@

$(AUDIT_INSTALLED): tests/requirements-audit.lock $(INSTALLED)
	test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	$(call install,$<,$(AUDIT)/bin/python)
	touch $@

$(SITE_INSTALLED): tests/requirements-site.lock $(INSTALLED)
	test -x $(SITE)/bin/python || $(PYTHON) -m venv $(SITE)
	$(call install,$<,$(SITE)/bin/python)
	touch $@

# $(1): the lock file, $(2): for another Python than that of .venv
install = $(PY) -m uv pip install --quiet --compile-bytecode --python $(or $(2),$(PY)) --require-hashes --no-deps -r $(1) \
	|| $(or $(2),$(PY)) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(1)

# make run ARGS="--port 7000"   builds what is needed and serves
# make test, make test-sanitize, make bench, make lint, make clean
#
# All set-up is in `.venv` and `build`; a stamp file there says that a step is done, so that what
# is up to date is not made again.

PYTHON ?= python3
VENV := .venv
ARGS ?=

# A module is compiled if it is a .pyx, or a .py with a .pxd beside it (see setup.py).
DECLARATIONS := $(shell find rediskit -name '*.pxd')
COMPILED_FROM := setup.py $(shell find rediskit -name '*.pyx' -o -name '*.h') \
	$(DECLARATIONS) $(wildcard $(DECLARATIONS:.pxd=.py))

.PHONY: build run test test-sanitize bench lint clean

build: build/.compiled

run: build/.compiled
	@exec $(VENV)/bin/python -m rediskit $(ARGS)

test: build/.compiled $(VENV)/.extra-test
	$(VENV)/bin/python -m pytest -q $(ARGS)
	REDISKIT_PURE=1 $(VENV)/bin/python -m pytest -q $(ARGS)

# The structures and their tests once more, in a copy of the tree, with AddressSanitizer and UBSan:
# first on blocks of malloc's, whose ends AddressSanitizer knows, then on the allocator's own, for
# their alignment. CPython keeps memory to its end, so leaks are not looked for.
SANITIZED := build/sanitize
SANITIZER := -fsanitize=address,undefined -fno-sanitize-recover=undefined -O1 -g
COMPILE_SANITIZED := setup.py --quiet build_ext --inplace --force
TEST_SANITIZED := cd $(SANITIZED) && PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 \
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	$(CURDIR)/$(VENV)/bin/python -m pytest -q --stale --capture=sys -p no:cacheprovider $(ARGS)

test-sanitize: $(VENV)/.extra-test
	rm -rf $(SANITIZED)/rediskit $(SANITIZED)/tests && mkdir -p $(SANITIZED)
	tar -cf - --exclude='*.so' --exclude=__pycache__ $(wildcard *.*) rediskit tests \
	| tar -xf - -C $(SANITIZED)
	cd $(SANITIZED) && REDISKIT_BUILD_ONLY='rediskit.structures.*' \
	REDISKIT_SANITIZER='$(SANITIZER) -DREDISKIT_EXACT_BLOCKS' \
	$(CURDIR)/$(VENV)/bin/python $(COMPILE_SANITIZED)
	$(TEST_SANITIZED) tests/structures --deselect tests/structures/test_memory.py
	cd $(SANITIZED) && REDISKIT_BUILD_ONLY=rediskit.structures.memory \
	REDISKIT_SANITIZER='$(SANITIZER)' $(CURDIR)/$(VENV)/bin/python $(COMPILE_SANITIZED)
	$(TEST_SANITIZED) tests/structures

bench: build/.compiled $(VENV)/.extra-bench
	$(VENV)/bin/python -m benchmarks.compare $(ARGS)

lint: $(VENV)/.extra-lint
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find rediskit tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
	find rediskit -name '*.so' -delete

# With the byte code of all modules, so that the first start is as quick as the next.
build/.compiled: $(VENV)/.requirements $(COMPILED_FROM)
	$(VENV)/bin/python setup.py --quiet build_ext --inplace
	$(VENV)/bin/python -m compileall -q rediskit
	@mkdir -p build && touch $@

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo 'rediskit needs Python 3.11 or newer: make PYTHON=python3.x' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	|| { echo 'This Python cannot make a venv: apt-get install python3-venv' >&2; exit 1; }
	@test -e "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" \
	|| { echo 'The headers of Python are missing: apt-get install python3-dev' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $$($(VENV)/bin/python -c \
	'import tomllib; print(*tomllib.load(open("$<", "rb"))["build-system"]["requires"])')
	@touch $@

# The packages that setup.cfg lists because the server itself needs them.
$(VENV)/.requirements: setup.cfg $(VENV)/.ready
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $$($(VENV)/bin/python -c \
	'import configparser; c = configparser.ConfigParser(); c.read("$<"); \
	print(c["options"]["install_requires"])')
	@touch $@

# The packages that setup.cfg lists for an extra: test, bench or lint.
$(VENV)/.extra-%: setup.cfg $(VENV)/.ready
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $$($(VENV)/bin/python -c \
	'import configparser; c = configparser.ConfigParser(); c.read("$<"); \
	print(c["options.extras_require"]["$*"])')
	@touch $@

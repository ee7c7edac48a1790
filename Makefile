# make         sets up .venv, installs ebit and runs the main job
# make test    sets up .venv and passes the tests
# make docs | bench | lint | sanitize | sdist | clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WITH_TOOLS := PATH="$(CURDIR)/$(BIN):$$PATH"
JOB := examples/delft-eindhoven-colour-centres.toml

SOURCES := CMakeLists.txt pyproject.toml README.md \
	$(shell find cmake cpp python -type f -not -name '*.so' -not -name '*.pyc')
CPP_FILES := $(shell find cpp python tests -name '*.hpp' -o -name '*.cpp')

.PHONY: run test docs bench lint sanitize sdist clean
.DELETE_ON_ERROR:
unexport PYTHONPATH

run: $(VENV)/installed
	$(BIN)/ebit run $(JOB)

# Tools stay in the environment (no build isolation), so that a second build is incremental.
$(VENV)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv python3-dev"; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

$(VENV)/group-%: pyproject.toml | $(VENV)/python
	$(BIN)/python -m pip install --quiet --group $*
	touch $@

$(VENV)/installed: $(SOURCES) $(VENV)/group-build
	$(WITH_TOOLS) python -m pip install --quiet --no-build-isolation '.[plot,files]'
	touch $@

test: $(VENV)/installed $(VENV)/group-test
	$(BIN)/python -m pytest

docs: $(VENV)/installed $(VENV)/group-docs
	$(BIN)/python -m sphinx -W --keep-going -q docs docs/_build/html

bench: $(VENV)/installed $(VENV)/group-bench
	$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-json=build/bench.json
	$(BIN)/python benchmarks/report.py build/bench.json

lint: $(VENV)/installed $(VENV)/group-test $(VENV)/group-lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(BIN)/clang-format --dry-run --Werror $(CPP_FILES)
	$(WITH_TOOLS) cmake --preset cpp --log-level=WARNING
	@echo $(wildcard cpp/ebit/*/*.cpp tests/cpp/*.cpp) | xargs -n 4 -P 2 $(BIN)/clang-tidy --quiet -p build/cpp

# The C++ unit tests (Debian: doctest-dev): with sanitizers, and with one copy of the kernels. The thread
# sanitizer of GCC 12 miscompiles AVX-512 mask registers, so it looks at the AVX2 kernels.
sanitize: $(VENV)/group-build
	for preset in asan tsan single-isa; do \
	  $(WITH_TOOLS) cmake --preset $$preset --log-level=WARNING && \
	  $(WITH_TOOLS) cmake --build build/$$preset && \
	  EBIT_ISA=$$(test $$preset = tsan && echo v3 || echo v4) build/$$preset/tests/cpp/ebit_tests || exit 1; \
	done

# The source distribution installs in an environment of its own, with nothing but a compiler.
sdist: $(VENV)/group-sdist
	rm -rf build/sdist && mkdir -p build/sdist/unpacked
	$(BIN)/python -m build --sdist --outdir build/sdist .
	tar -xzf build/sdist/*.tar.gz -C build/sdist/unpacked --strip-components 1
	$(PYTHON) -m venv build/sdist/venv
	build/sdist/venv/bin/python -m pip install --quiet build/sdist/unpacked
	cd build/sdist && venv/bin/python -c 'import ebit; print("installed from the sdist:", ebit.__version__)'

clean:
	rm -rf $(VENV) build dist docs/_build docs/api/generated docs/protocols/*.svg

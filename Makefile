# The verbs of daily work. `make run` and `make test` are all a newcomer needs.

CONFIGURATION ?= release
PORT ?= 8080
BIN = .build/$(CONFIGURATION)/footfall

.PHONY: setup build run test lint bench crash clean

# Installs the Debian packages that are missing; does nothing where all are there.
setup:
	@.ci/setup

build: setup
	swift build -c $(CONFIGURATION) --product footfall

run: build
	$(BIN) up --demo --port $(PORT)

# Every test, against real stores that the tests start for themselves; the whole pipeline's after the others, so that
# its many processes have the machine to themselves.
test: setup
	swift build --build-tests
	swift test --skip-build --skip PipelineTests
	swift test --skip-build --filter PipelineTests
	.ci/test-browser

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
	.ci/check-docs

# Figures against ceilings taken in the same run; writes Benchmarks/results.json.
bench: build
	$(BIN) bench

# A longer crash test than the one in `make test`: make crash RUNS=200
RUNS ?= 50
crash: setup
	swift build --build-tests
	FOOTFALL_CRASH_RUNS=$(RUNS) swift test --skip-build --filter CrashTests

clean:
	rm -rf .build .footfall

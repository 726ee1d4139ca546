# Every command of the project. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := node_modules/.bin
STAMP := node_modules/.package-lock.json
SOURCES = $(shell find src -name '*.ts' 2>/dev/null)

# Extra arguments: make run ARGS='--listen.port 9000', make test ARGS=test/codec
ARGS ?=

# Node 22 comes as a package of its own per platform, so that no install script has to run.
NODE22 = npx --yes --package node-$$(node -p 'process.platform + "-" + process.arch')@22

.PHONY: help run dev test test-node22 check build load bench clean packages

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: dist/main.js ## Start the gateway with the demo handlers (flags: ARGS='--listen.port 9000')
	exec node dist/main.js serve -c config/demo.yaml $(ARGS)

dev: dist/main.js ## The same from the sources, restarted at every change
	exec $(BIN)/tsx watch src/main.ts serve -c config/demo.yaml --handlers src/demo $(ARGS)

test: packages dist/main.js ## Run all tests (some: ARGS=test/codec)
	$(BIN)/vitest run $(ARGS)

test-node22: packages dist/main.js ## Run all tests under Node 22
	$(NODE22) -- node node_modules/vitest/vitest.mjs run $(ARGS)

check: dist/main.js ## Format, lint, types, the rules of the house, unused code
	$(BIN)/biome check
	$(BIN)/tsc --noEmit
	$(BIN)/vitest run test/tidy.test.ts test/docs
	$(BIN)/knip

build: $(STAMP) ## Build dist/
	rm -rf dist
	$(BIN)/tsdown

load: dist/main.js ## Measure the gateway against its peers, about two minutes
	exec node dist/main.js bench cost --short $(ARGS)

bench: dist/main.js ## The whole measurement; a scenario: ARGS='overload --rate 2000'
	exec node dist/main.js bench $(if $(ARGS),$(ARGS),cost)

clean: ## Remove what was built and installed
	rm -rf dist coverage load/results node_modules

# What the tests need beside Node and npm: a browser for the report, brokers to compare with. Debian's packages have the
# names of their programs; their services are not started.
PROGRAMS := chromium nats-server mosquitto python3

packages:
	@export PATH="$$PATH:/usr/sbin"; missing=; \
	for program in $(PROGRAMS); do command -v "$$program" >/dev/null || missing="$$missing $$program"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing; \
	else echo "the tests need these programs:$$missing. On Debian: sudo apt-get install$$missing" >&2; exit 1; fi

# npm ci runs again when the lockfile changes.
$(STAMP): package-lock.json
	npm ci
	@touch $@

dist/main.js: $(STAMP) tsdown.config.ts tsconfig.json $(SOURCES)
	rm -rf dist
	$(BIN)/tsdown
	@touch $@

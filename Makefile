# What can be made here. `make` alone lists it; each target is one command that also works without make.
#
#   make install DESTDIR=/tmp/image prefix=/usr

prefix ?= /usr/local

.DEFAULT_GOAL := list
.PHONY: list setup build dev install demo test asan tsan fuzz bench lint tidy format manual coverage clean

list: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do printf '  make %-9s %s\n' "$$target" "$$what"; done

setup: ## install the packages of tools/packages.txt and a Go toolchain where they are missing
	@tools/setup

build: setup ## build the release program: build/release/salvor
	@tools/build release

dev: setup ## build everything for development and tests: build/dev
	@tools/build dev

install: ## put program, completions and man pages below $(DESTDIR)$(prefix)
	@test -x build/release/salvor || { echo 'nothing to install yet: run make build first' >&2; exit 1; }
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(prefix)"

demo: build ## back up, lose, plan and restore a realistic cluster on a real API server; STORE=s3: into a bucket
	@tools/peers/build etcd kubernetes $(if $(filter s3,$(STORE)),minio)
	@STORE=$(STORE) /usr/bin/python3 -m demo.run

test: ## run unit, contract, peer, crash and end-to-end tests, and lint
	@tools/test

asan: setup ## unit and contract tests under the address and undefined-behaviour sanitizers
	@tools/test asan

tsan: setup ## unit and contract tests under the thread sanitizer
	@tools/test tsan

fuzz: setup ## every fuzzer for a minute, or longer: SECONDS_EACH=600 make fuzz
	@FUZZ_PRESET=fuzz FUZZ_SEED=0 SECONDS_EACH="$${SECONDS_EACH:-60}" tools/test fuzz

bench: build ## speed and memory against the peers on the same work; PART=run, s3, storage or repository: only that
	@tools/build release s3_driver storage_driver
	@tools/peers/build
	@for part in $(or $(PART),run s3 storage repository); do echo "== bench.$$part"; /usr/bin/python3 -m "bench.$$part" || exit; done

lint: setup ## layers, budgets, seams, formatting, scripts
	@tools/test lint

tidy: setup ## clang-tidy over all sources
	@tools/test tidy

format: ## set the C++ as clang-format does
	@tools/checks/format.py --fix

manual: build ## write docs/manual/commands.md anew from the table of commands
	@mkdir -p docs/manual
	@build/release/salvor man --format markdown > docs/manual/commands.md

coverage: setup ## unit tests with counters: build/coverage/coverage.txt tells lines by file
	@tools/test coverage

clean: ## remove build/; what setup and the peers put into the cache stays
	@rm -rf build

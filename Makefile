# make help lists what can be made. Everything installs what it needs itself, see scripts/setup.

# scripts/setup puts a Go toolchain behind .cache/go where the system has none that is new enough.
export PATH := $(CURDIR)/.cache/go/bin:$(PATH):/usr/sbin:/sbin

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

# Tools by exact version, run from the module proxy; none of them is in go.mod.
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ERRORLINT   := github.com/polyfloyd/go-errorlint@v1.8.0
SLOGLINT    := go-simpler.org/sloglint/cmd/sloglint@v0.12.0
EXHAUSTIVE  := github.com/nishanths/exhaustive/cmd/exhaustive@v0.17.1
GOTESTSUM   := gotest.tools/gotestsum@v1.13.0

SEEDS ?= 1000
BASE  ?= 1
MODE  ?= unlimited
WITHIN ?= 0

# Of chaos: runs, campaign, labs side by side.
N        ?= 10
CAMPAIGN ?= mixed
PARALLEL ?= 2
DEPTH ?= 2
FOR   ?= 270s

# One list of failures and skips at the end, over all of scripts/test.
TESTS := go run $(GOTESTSUM) --format standard-quiet --raw-command -- scripts/test

.PHONY: help build test check lint vet demo lab bench chaos sim explore mutate go
help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

build: go ## bin/futago for this machine, bin/linux-*/futago for the Pis, bin/futago-lab
	scripts/build '$(LDFLAGS)'

test: go ## all tests; as root those with namespaces and containers too
	scripts/setup race lab
	$(TESTS) $(ARGS)

check: lint build ## formatting, vet, linters, sizes, and all tests with the race detector
	scripts/setup race lab
	$(TESTS) -race $(ARGS)

vet: go
	go vet ./...

lint: vet
	@echo gofumpt; out=$$(go run $(GOFUMPT) -l .); test -z "$$out" || { echo "to be formatted with gofumpt -w:"; echo "$$out"; exit 1; }
	go run $(STATICCHECK) ./...
	go run $(ERRORLINT) -errorf ./...
	go run $(SLOGLINT) -no-global all -no-mixed-args -key-naming-case snake ./...
	go run $(EXHAUSTIVE) -d -typeignore '^syscall\.' ./...

demo: go ## the article's scenarios on two nodes on this machine, as root; ARGS="--only NAME"
	scripts/setup lab
	scripts/build '$(LDFLAGS)' host
	bin/futago-lab demo $(ARGS)

lab: go ## the same two nodes, to play with: bin/futago-lab --help
	scripts/setup lab
	scripts/build '$(LDFLAGS)' host
	bin/futago-lab up $(ARGS)

bench: go ## measures, and writes docs/benchmarks.md; about an hour
	scripts/setup lab
	scripts/build '$(LDFLAGS)' host
	bin/futago-lab bench --out docs/benchmarks.md $(ARGS)

chaos: go ## random faults on two real daemons, as root: N=runs CAMPAIGN=split|split-long|storm|mixed ARGS="--seed S"
	scripts/setup lab
	scripts/build '$(LDFLAGS)' host
	bin/futago-lab chaos --runs $(N) --campaign $(CAMPAIGN) --parallel $(PARALLEL) $(ARGS)

sim: go ## the simulator: SEEDS=N runs from seed BASE=B, no more after WITHIN=4m; MODE=bounded demands the service, too
	go run ./cmd/futago-lab sim -seeds $(SEEDS) -base $(BASE) -mode $(MODE) -for $(WITHIN) -j $$(nproc)

explore: go ## the explorer: all ways of a small model of the pair with DEPTH=2 things going wrong; FOR=270s at most
	go run ./cmd/futago-lab explore -depth $(DEPTH) -for $(FOR) -j $$(nproc)

mutate: go ## the mutation check: switches each rule off and looks who notices; ARGS="-only NAME"
	go run ./cmd/futago-lab mutate -j $$(nproc) -base $(BASE) $(ARGS)

go:
	@scripts/setup go

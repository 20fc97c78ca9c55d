# The emulator of AWS that tests run against, in the versions of scripts/aws-requirements.txt. The main Makefile includes this
# file; internal/awstest calls it by itself.

MOTO := build/moto

$(MOTO)/.installed: scripts/aws-requirements.txt
	@python3 -m venv $(MOTO)
	@$(MOTO)/bin/pip install --quiet --disable-pip-version-check --requirement scripts/aws-requirements.txt
	@touch $@

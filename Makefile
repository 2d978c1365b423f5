# make demo    the main job on real data, in demo/          make prove     all that takes minutes: Spark (Java 17 or 21), kills
# make test    what is checked at every change, no Java     make bench     how fast, as ratios
# make check   format, lint, types and imports alone        make fuzz N=1000   random dirty files through random pipelines
# make docs    the reference under docs/, from the code

PYTHON ?= python3
N ?= 20
BIN := .venv/bin
# Progress bars and notices of new versions are no news here.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help demo spark test prove fuzz bench check format docs clean

help:
	@sed '/^$$/,$$d; s/^# //' Makefile

demo: .venv/has-demo
	@test -f demo/boathouse.yml || $(BIN)/boathouse init demo --demo retail
	cd demo && ../$(BIN)/boathouse explore raw
	cd demo && ../$(BIN)/boathouse advise --accept all
	cd demo && ../$(BIN)/boathouse plan
	cd demo && ../$(BIN)/boathouse run
	cd demo && ../$(BIN)/boathouse export databricks
	cd demo && ../$(BIN)/boathouse show gold.churn_training
	@echo
	@echo "Everything is in demo/:"
	@echo "  raw/  findings/  advice.yml    what came in, what was found, what was advised"
	@echo "  tables/                        the pipeline: one file a table"
	@echo "  lake/                          the Delta tables"
	@echo "  dist/databricks/               the same pipeline as notebooks"
	@echo
	@echo "Next:"
	@echo "  source $(BIN)/activate && cd demo"
	@echo "  boathouse query 'SELECT churned, count(*) AS households FROM gold.churn_training GROUP BY churned'"
	@echo "  boathouse --help"
	@echo "  make spark                     once; then, in demo/ (needs Java 17 or 21):"
	@echo "  boathouse prove                the notebooks on Spark give the same tables"

spark: .venv/has-spark

test: check
	$(BIN)/pytest -n auto

prove: .venv/has-spark .venv-dbt/made .venv-models/made
	$(BIN)/pytest -n auto -m "slow and not spark and not models"
	.venv-models/bin/pytest -n auto -m models
	$(BIN)/pytest -m spark
	$(BIN)/python tests/prove_targets.py --covering
	$(BIN)/python tests/fuzz.py $(N)
	$(BIN)/python tests/kill.py 100

fuzz: .venv/has-spark
	$(BIN)/python tests/fuzz.py $(N)

bench: .venv/has-spark .venv/has-bench .venv-peers/made .venv-models/made
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/unchanged_run.py
	$(BIN)/python benchmarks/retail_run.py
	$(BIN)/python benchmarks/contract_lineitem.py
	$(BIN)/python benchmarks/reconcile_equal.py
	$(BIN)/python benchmarks/export_targets.py
	$(BIN)/python benchmarks/psi.py
	.venv-models/bin/python benchmarks/fairness.py
	.venv-models/bin/python benchmarks/fraud.py
	.venv-models/bin/python benchmarks/fraud_speed.py
	.venv-models/bin/python benchmarks/forecast.py
	$(BIN)/python benchmarks/point_in_time.py --python .venv-models/bin/python
	$(BIN)/python benchmarks/retail_spark.py

check: .venv/has-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/has-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/has-test
	$(BIN)/boathouse docs --out docs/reference

clean:
	rm -rf .venv .venv-dbt .venv-peers demo dist build

# ---- one environment, made once and again when pyproject.toml changes: a stamp for each thing it has ----------------

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
	  { echo "Boathouse needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) comes without venv. Debian and Ubuntu have it in a package: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) 'pip>=25.1'  # the first that reads dependency groups
	@touch $@

.venv/has-demo: .venv/made pyproject.toml
	$(PIP) --editable '.[examples]'
	@touch $@

.venv/has-test: .venv/has-demo
	$(PIP) --group test --editable '.[ml]'
	@touch $@

.venv/has-spark: .venv/has-test
	@{ test -n "$$JAVA_HOME" || command -v java; } >/dev/null || \
	  { echo "Spark needs Java 17 or 21. Debian and Ubuntu: apt-get install openjdk-17-jre-headless"; exit 1; }
	$(PIP) --editable '.[spark,pipelines]'
	@touch $@

.venv/has-bench: .venv/has-test
	$(PIP) --group bench
	@touch $@

# dbt runs an exported project, for the proof.
.venv-dbt/made: pyproject.toml
	$(PYTHON) -m venv .venv-dbt
	.venv-dbt/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	.venv-dbt/bin/python -m pip install --quiet --disable-pip-version-check --group dbt
	@touch $@

# Other trees, forecasts, stores and measures, for the models' tests and benchmarks.
.venv-models/made: pyproject.toml
	$(PYTHON) -m venv .venv-models
	.venv-models/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	.venv-models/bin/python -m pip install --quiet --disable-pip-version-check --group test --group models \
	  --editable '.[catboost,xgboost,forecast,feast,examples]'
	@touch $@

# What contracts are compared with, in an environment of its own: it wants another pandas than Spark does.
.venv-peers/made: pyproject.toml
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	.venv-peers/bin/python -m pip install --quiet --group peers
	@touch $@

"""Train a model on its table, log and register it as challenger, and write its scores of the rows that it learnt from."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pyarrow as pa
from pydantic import Field

from boathouse.hook_events import last
from boathouse.model import MODELS
from boathouse.model_file import ModelSpec
from boathouse.scheduled_job import Job, JobResult, Site, names

VALIDATED = "post_data_validation"


class Train(Job):
    """Train a model on its table, log and register it as challenger, and write its scores of the rows that it learnt from."""

    model_type: str = Field(default="", description="catboost, xgboost or lightgbm; by default the file's first")
    experiment_name: str = Field(default="", description="the experiment of MLflow; by default the project's")
    run_name: str = Field(default="", description="what the run is called in it")
    table: str = Field(default="", description="the table to learn from; by default the file's")
    categorical: str = Field(default="", description="columns of categories, with commas; by default the file's")
    numerical: str = Field(default="", description="columns of numbers, with commas; by default the file's")
    output_table: str = Field(default="", description="where the scores go; by default fraud_scores_{model_type}")

    def spec(self, site: Site) -> ModelSpec:
        """Read the model's file, with this job's options over it."""
        return super().spec(site).over(categorical=names(self.categorical), numerical=names(self.numerical))

    def run(self, site: Site) -> JobResult:
        """Train, register, and write the scores whole or not at all."""
        spec = self.spec(site)
        source = site.place(spec.table)
        version = site.lake.version(source)
        model = made(spec, self.model_type)
        kind = getattr(model, "model_type", spec.kind)
        hooks = site.hooks.about(model=spec.registry_name, model_type=kind, data_version=f"{source}@{version}")
        hooks.pre_model_training(kind)
        with hooks.telling_failure("model_training"):
            rows = site.lake.read(source, spec.columns, version)
            scores = fitted(model, spec, rows)
            registered = self._log(site, spec, model, (rows, scores, version))
            note(site, spec, registered, f"{source}@{version}")
            written = scored(rows, spec, scores, kind, registered.version)
            target = site.place(self.output_table or spec.scores_table(kind))
            at = site.lake.write(target, written)
        hooks.about(model_version=str(registered.version)).post_model_training(
            kind, {**registered.metrics, "scores": f"{target}@{at}"}
        )
        said = f"{spec.name} version {registered.version} ({kind}) learnt from {rows.num_rows:,} rows of {source}@{version}"
        following = "job fairness-validate" if spec.protected else "job register"
        return JobResult(said, {str(target): at}, dict(registered.metrics), then=following)

    def _log(self, site: Site, spec: ModelSpec, model: Any, trained: tuple[pa.Table, Any, int]) -> Any:
        from boathouse.ml.tracking.registry import Registry
        from boathouse.ml.tracking.training import Training, log_training

        rows, scores, version = trained
        table = site.lake.namespace.short(site.place(spec.table))
        training = Training(
            site.store(self.experiment_name),
            spec.registry_name,
            {table: version},
            site.release_of(table, version),
            label=spec.label,
            tags={"boathouse.job": "train"},
        )
        labels = rows[spec.label] if spec.label else None
        run = log_training(model, rows, scores, run_name=self.run_name or None, labels=labels, training=training)
        registry = Registry(training.store)
        # By its run: another training may have registered the newest one meanwhile.
        made = next(each for each in registry.versions(spec.registry_name) if each.run_id == run)
        return registry.version(spec.registry_name, made.version)


def note(site: Site, spec: ModelSpec, registered: Any, data_version: str) -> None:
    """Tell the gates whether the rows were validated, and that fairness was not looked at yet, so that neither is forgotten."""
    found = last(site.hooks.events, VALIDATED, model=spec.registry_name, data_version=data_version)
    passed = found is not None and found.status == "passed"
    told = f"the validation of {data_version} {'passed' if passed else 'did not pass' if found else 'was not done'}"
    site.registry.note(registered, "data_validation", passed=passed, told=told)
    if spec.protected:
        told = "not analysed yet: `boathouse job fairness-validate` does"
        site.registry.note(registered, "fairness", passed=False, told=told)


def made(spec: ModelSpec, model_type: str) -> Any:
    """Make an untrained model of a kind, of the type that is named or stands first, with what its file says as far as it takes it."""
    kind = MODELS.member(spec.kind)
    takes = signature(kind).parameters
    said = {
        "model_type": model_type or next(iter(spec.model_types), ""), "label": spec.label,
        "entity": next(iter(spec.entity), ""), "threshold_percentile": spec.threshold_percentile,
    }  # fmt: skip
    return kind(**{**{name: value for name, value in said.items() if value and name in takes}, **spec.options})


def fitted(model: Any, spec: ModelSpec, rows: pa.Table) -> Any:
    """Train it, and give a score for each row, by a part of the model that has not seen the row."""
    scores, _ = model.fit(rows, list(spec.categorical), list(spec.numerical))
    return scores


def scored(rows: pa.Table, spec: ModelSpec, scores: Any, model_type: str, version: int) -> pa.Table:
    """Put the scores beside the keys, with the model that they come of."""
    columns = {name: rows[name] for name in spec.key}
    count = rows.num_rows
    return pa.table({
        **columns, spec.score: pa.array(scores, pa.float64()),
        "model_type": pa.repeat(model_type, count), "model_version": pa.repeat(version, count),
    })  # fmt: skip

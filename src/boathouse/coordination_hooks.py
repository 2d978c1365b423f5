"""Coordination hooks: events before and after each step of a model's way, which other processes read, and a gate that blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from boathouse import model_file
from boathouse.ab_test import ABTest, Analysis
from boathouse.config import Project
from boathouse.errors import CheckFailed, UserError
from boathouse.frame import arrow_table
from boathouse.hook_events import TABLE, HookEvent, Status, Subject, all_hold, last
from boathouse.lake import Lake
from boathouse.project_lake import lake_here, project_here

STAGES = ("data_validation", "feature_engineering", "model_training", "fairness_analysis", "drift_detection", "shap_analysis", "deployment")  # fmt: skip
VALID = ("passed", "valid", "is_valid")
IS_FAIR = ("passed", "is_fair", "overall_metrics")
NOTHING = Subject()
MEMORY, TEST = "memory", "ab_test"


@dataclass(frozen=True)
class CoordinationHooks:
    """The events of a project's models; without a lake, that of the project around the working folder."""

    lake: Lake | None = None
    subject: Subject = NOTHING
    registry: Any = None

    def of(self, subject: Subject) -> Self:
        return replace(self, subject=subject)

    def about(self, **subject: str) -> Self:
        """Speak of a version of a model: `model`, `model_version`, `model_type`, `data_version`."""
        return replace(self, subject=replace(self.subject, **subject))

    def pre_data_validation(self, details: Any = None) -> HookEvent:
        return self.started("data_validation", details=details)

    def post_data_validation(self, results: Any) -> HookEvent:
        """Keep what was found; it passed where `passed` says so, or every one of several results does."""
        return self.ended("data_validation", all_hold(results, VALID), results=results)

    def pre_feature_engineering(self, names: Sequence[str] = ()) -> HookEvent:
        return self.started("feature_engineering", names=names)

    def post_feature_engineering(self, names: Sequence[str]) -> HookEvent:
        return self.ended("feature_engineering", bool(names), names=names)

    def pre_model_training(self, model_type: str) -> HookEvent:
        return self.about(model_type=model_type).started("model_training")

    def during_model_training(self, model_type: str, epoch: int, metrics: Mapping[str, Any]) -> HookEvent:
        return self.about(model_type=model_type).tell("during_model_training", "told", epoch=epoch, metrics=metrics)

    def post_model_training(self, model_type: str, metrics: Mapping[str, Any]) -> HookEvent:
        return self.about(model_type=model_type).ended("model_training", True, metrics=metrics)

    def pre_fairness_analysis(self, attributes: Sequence[str]) -> HookEvent:
        return self.started("fairness_analysis", attributes=attributes)

    def post_fairness_analysis(self, results: Any) -> HookEvent:
        """Keep what was found; an attribute that could not be judged did not pass."""
        return self.ended("fairness_analysis", all_hold(results, IS_FAIR), results=results)

    def pre_drift_detection(self, details: Any = None) -> HookEvent:
        return self.started("drift_detection", details=details)

    def post_drift_detection(self, psi_results: Mapping[str, Any]) -> HookEvent:
        """Keep what was found; major drift did not pass."""
        status = psi_results.get("drift_status")
        if status not in ("stable", "minor", "major"):
            raise UserError("results of drift say `drift_status`", hint="stable, minor or major")
        return self.ended("drift_detection", status != "major", results=psi_results)

    def pre_shap_analysis(self, details: Any = None) -> HookEvent:
        return self.started("shap_analysis", details=details)

    def post_shap_analysis(self, results: Any) -> HookEvent:
        return self.ended("shap_analysis", True, results=results)

    def pre_deployment(self, target: str) -> HookEvent:
        """Ask the gates whether a version may serve, by what every process has noted of it; where one refuses, so does this."""
        from boathouse.ml.tracking.gate import judged
        from boathouse.ml.tracking.promotion import candidate, refusal

        number = int(self.subject.model_version) if self.subject.model_version else None
        verdicts = judged(candidate(self._models, self._model, version=number, to=target))
        refused = [verdict for verdict in verdicts if verdict.passed is False]
        told = [asdict(verdict) for verdict in verdicts]
        if refused:
            self.ended("deployment", False, target=target, verdicts=told)
            raise CheckFailed(f"{self._model} may not be the {target}: {refusal(refused)}", hint=refused[0].remedy)
        return self.started("deployment", target=target, verdicts=told)

    def post_deployment(self, info: Any = None) -> HookEvent:
        return self.ended("deployment", True, info=info)

    def store_memory(self, key: str, value: Any) -> HookEvent:
        """Keep a value of JSON for other steps and processes."""
        return self.tell(MEMORY, "told", key=key, value=value)

    def retrieve_memory(self, key: str, default: Any = None) -> Any:
        """Give the value that was last kept under a key."""
        found = last((event for event in self.events if event.details.get("key") == key), MEMORY)
        return found.details["value"] if found else default

    def setup_ab_test(self, name: str, control: str, treatment: str, share: float = 0.5) -> ABTest:
        """Begin to show two models to users, `share` of them the treatment."""
        test = ABTest(name, control, treatment, share)
        self.tell(TEST, "started", **asdict(test))
        return test

    def route_traffic(self, user: object, test: str = "") -> str:
        """Say which model a user has, in every process the same."""
        return self.ab_test(test).route(user)

    def analyze_ab_test(self, outcomes: Any, test: str = "", confidence: float = 0.95) -> Analysis:
        """Compare the arms by a frame of users and outcomes (1 or true is what is wished for), a row a user."""
        table = arrow_table(outcomes)
        users = table["user"].to_pylist()
        if len(set(users)) != len(users):
            raise UserError("a user has more than one outcome", hint="give a row a user")
        return self.ab_test(test).analyze(dict(zip(users, table["outcome"].to_pylist(), strict=True)), confidence)

    def ab_test(self, name: str = "") -> ABTest:
        """Find the test that was set up last, or last under a name."""
        found = last((event for event in self.events if name in ("", event.details.get("name"))), TEST)
        if found is None:
            raise UserError(f"no A/B test {name}".rstrip() + " was set up", hint="call setup_ab_test first")
        return ABTest(**found.details)

    def get_pipeline_status(self) -> dict[str, dict[str, Any]]:
        """Say of each step how it stands: not_started, or its last event's status, with when and of what."""
        events = [event for event in self.events if self.subject.model in ("", event.subject.model)]
        status = {}
        for stage in STAGES:
            ends = (last(events, f"{when}_{stage}") for when in ("pre", "post"))
            newest = max(filter(None, ends), key=lambda event: event.happened_at, default=None)
            status[stage] = (
                {"status": newest.status, "at": newest.happened_at, **asdict(newest.subject)}
                if newest
                else {"status": "not_started"}
            )
        return status

    @contextmanager
    def telling_failure(self, stage: str) -> Iterator[None]:
        """Tell of an error in a block as the failure of a step, and pass it on."""
        try:
            yield
        except BaseException as error:
            self.ended(stage, False, error=str(error) or type(error).__name__)
            raise

    @property
    def events(self) -> list[HookEvent]:
        """Give all events of the project, the oldest first."""
        return sorted(map(HookEvent.of, self._there.told(TABLE)), key=lambda event: event.happened_at)

    @property
    def _models(self) -> Any:
        from boathouse.ml.tracking.registry import Registry
        from boathouse.ml.tracking.store import store_of

        return self.registry or Registry(store_of(self._project))

    @property
    def _model(self) -> str:
        return self.subject.model or model_file.load(self._project).name

    @property
    def _project(self) -> Project:
        return getattr(self.lake, "project", None) or project_here()

    @property
    def _there(self) -> Lake:
        return self.lake or lake_here()

    def started(self, stage: str, **details: Any) -> HookEvent:
        return self.tell(f"pre_{stage}", "started", **details)

    def ended(self, stage: str, passed: bool, **details: Any) -> HookEvent:
        return self.tell(f"post_{stage}", "passed" if passed else "failed", **details)

    def tell(self, hook: str, status: Status, **details: Any) -> HookEvent:
        event = HookEvent(hook, status, self.subject, details)
        self._there.tell(TABLE, [event.row])
        return event


coordination_hooks = CoordinationHooks()

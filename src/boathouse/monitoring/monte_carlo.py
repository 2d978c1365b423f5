"""Monte Carlo: the rules that stand above functions, registered there, so that they are what the code says."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boathouse import environment_file
from boathouse.config import LOCAL
from boathouse.environment import CatalogHelper, EnvironmentConfig
from boathouse.errors import EngineError, UserError
from boathouse.monitoring.http_post import Retry, checked_address, post
from boathouse.monitoring.monitor import Monitors
from boathouse.monitoring.monte_carlo_rule import MonteCarloRule, collect_rules, monte_carlo_rule
from boathouse.secret import Secret

__all__ = ["MonteCarloRule", "MonteCarloSync", "Synced", "monte_carlo_rule"]

ENDPOINT = "https://api.getmontecarlo.com/graphql"
LOOKS = 120  # how often it is asked whether an update is done, once the pauses are a minute long: two hours
# A namespace is made what the document says: monitors that are new come, others change, and those that left it go.
APPLY = """mutation ($namespace: String!, $configTemplateJson: String!, $warehouse: String) {
  createOrUpdateMonteCarloConfigTemplateAsync(
    namespace: $namespace, configTemplateJson: $configTemplateJson, warehouse: $warehouse
  ) { response { updateUuid errorsAsJson } }
}"""
STATE = """query ($updateUuid: UUID!) {
  getMonteCarloConfigTemplateUpdateState(updateUuid: $updateUuid) {
    state errorsAsJson resourceModifications { type description }
  }
}"""


@dataclass(frozen=True)
class Synced:
    """What was registered, or would be: the rules, the monitors that they are, and what changed there."""

    namespace: str
    rules: tuple[MonteCarloRule, ...]
    monitors: Monitors
    sent: bool
    changes: tuple[str, ...] = ()


class MonteCarloSync:
    """The way to an account of Monte Carlo; a namespace of it holds the rules of one module."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        config: EnvironmentConfig | None = None,
        endpoint: str = "",
        dry_run: bool = False,
        retry: Retry | None = None,
    ) -> None:
        """Take the key (`ID:SECRET`) and all else from the arguments, the environment's `monte_carlo`, or MC_* variables.

        Without a `config` it is that of the project around here, in the environment that BOATHOUSE_ENV names.
        """
        config = config or _around_here()
        given = dict(config.monte_carlo or {}) if config else {}
        key = api_key or given.get("api_key") or os.environ.get("MC_API_KEY", "")
        self._key = Secret(key if ":" in key else f"{given.get('api_id') or os.environ.get('MC_API_ID', '')}:{key}")
        self.endpoint = checked_address(
            endpoint or given.get("api_endpoint") or os.environ.get("MC_API_ENDPOINT") or ENDPOINT
        )
        self.warehouse = given.get("warehouse", "")
        self.dry_run = dry_run
        self._names = CatalogHelper(config) if config else None
        self._retry = retry or Retry()

    def __repr__(self) -> str:
        return f"MonteCarloSync(endpoint={self.endpoint!r}, dry_run={self.dry_run})"

    def register_rules_from_module(self, module: str, *, namespace: str = "") -> Synced:
        """Register the rules of a module and of those below it; a second time changes nothing, and a rule that is gone goes.

        The namespace, the module's name unless another is given, belongs to these rules alone.
        """
        rules = collect_rules(module)
        if not rules:  # an empty document would remove what is registered
            raise UserError(f"no function of `{module}` has a rule", hint="write @monte_carlo_rule(...) above one")
        monitors: Monitors = defaultdict(list)
        for rule in rules:
            for kind, made in rule.monitors(self._full_name(rule), self.warehouse).items():
                monitors[kind] += made
        known = Synced(namespace or module, rules, dict(monitors), sent=not self.dry_run)
        return known if self.dry_run else self._register(known)

    def _full_name(self, rule: MonteCarloRule) -> tuple[str, str, str]:
        parts = rule.table.split(".")
        if self._names and len(parts) == 2:  # noqa: PLR2004 - layer and table
            parts = self._names.table_name(*parts).split(".")
        if len(parts) != 3:  # noqa: PLR2004 - catalog, schema, table
            hint = 'write table="silver.orders" within a project, or a table in full'
            raise UserError(f"the rule {rule.key} does not say of which table it is", hint=hint)
        return parts[0], parts[1], parts[2]

    def _register(self, wanted: Synced) -> Synced:
        asked = {
            "namespace": wanted.namespace,
            "configTemplateJson": json.dumps(wanted.monitors, sort_keys=True),
            "warehouse": self.warehouse or None,
        }
        answer = self._ask(APPLY, asked, "createOrUpdateMonteCarloConfigTemplateAsync")["response"]
        _refuse(answer)
        done = self._wait(answer["updateUuid"])
        changed = [f"{each['type']}: {each['description']}" for each in done.get("resourceModifications") or ()]
        return Synced(wanted.namespace, wanted.rules, wanted.monitors, sent=True, changes=tuple(changed))

    def _wait(self, update: str) -> Mapping[str, Any]:
        for look in range(LOOKS):
            state = self._ask(STATE, {"updateUuid": update}, "getMonteCarloConfigTemplateUpdateState")
            if state["state"] != "PENDING":
                _refuse(state)
                return state
            self._retry.wait(look)
        raise EngineError("Monte Carlo does not finish the update", hint="look at its page of the namespace")

    def _ask(self, query: str, variables: Mapping[str, Any], field: str) -> Mapping[str, Any]:
        name, _, secret = self._key.partition(":")
        if not name or not secret:
            hint = "give api_key='ID:SECRET', or set MC_API_KEY, and MC_API_ID where it holds the secret alone"
            raise UserError("Monte Carlo wants a key of two parts", hint=hint)
        headers = {"x-mcd-id": name, "x-mcd-token": secret}
        answer = post(self.endpoint, {"query": query, "variables": variables}, headers, self._retry)
        try:
            if answer.get("errors"):
                raise UserError(f"Monte Carlo refuses the question: {answer['errors'][0]['message']}")
            return dict(answer["data"][field])
        except (AttributeError, KeyError, IndexError, TypeError) as error:
            raise EngineError(
                "Monte Carlo answers otherwise than is known here", hint=f"is {self.endpoint} right?"
            ) from error


def _around_here() -> EnvironmentConfig | None:
    try:
        environment_file.files()
    except UserError:  # there is none
        return None
    return environment_file.ConfigLoader.load(os.environ.get(environment_file.VARIABLE) or LOCAL)


def _refuse(answer: Mapping[str, Any]) -> None:
    """Raise what Monte Carlo finds wrong with the document."""
    wrong = json.loads(answer.get("errorsAsJson") or "{}")
    if wrong or answer.get("state") == "FAILED":
        raise UserError(f"Monte Carlo refuses the monitors: {json.dumps(wrong, sort_keys=True)}")

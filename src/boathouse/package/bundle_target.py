"""Settled bundle: a bundle as one target sees it, with the target's settings laid over and its variables written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from boathouse.errors import UnknownName
from boathouse.package.bundle_files import Bundle, laid_over, nowhere
from boathouse.package.located import Located
from boathouse.package.reference_text import references, written_out

SECTIONS = ("resources", "workspace", "presets", "permissions", "artifacts", "sync", "run_as")
ROOT = "/Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/${bundle.target}"


@dataclass(frozen=True)
class SettledBundle:
    """What a target deploys: `whole` has no reference left that could be known without a workspace."""

    bundle: Bundle
    target: str
    whole: Located
    variables: Mapping[str, Any]  # those that have a value
    known: Mapping[str, Any]  # what stands for references

    @property
    def mode(self) -> str:
        return self.own.text("mode")

    def value(self, reference: str) -> str:
        """Write out a reference, such as workspace.file_path."""
        return str(written_out(self.known)(f"${{{reference}}}"))

    @property
    def own(self) -> Located:
        """The target's own section, as it is written."""
        return self.bundle.whole.get("targets", self.target) or nowhere(self.bundle.file)


def settle(bundle: Bundle, target: str, known: Mapping[str, Any] | None = None) -> SettledBundle:
    """Lay a target over its bundle; `known` are values that a workspace has told, such as resources.jobs.daily.id."""
    if target not in bundle.targets and (target or bundle.targets):
        raise UnknownName("target", target, bundle.targets, where=bundle.file)
    own = bundle.whole.get("targets", target) or nowhere(bundle.file)
    over = Located({key: each for key, each in own.items() if key in SECTIONS}, own.place)
    whole = laid_over(bundle.whole, over)
    variables = _variables(bundle, own)
    values = _known(bundle, target, whole) | {f"var.{key}": each for key, each in variables.items()} | dict(known or {})
    change = written_out(values)
    variables = {key: change(each) for key, each in variables.items()}
    rest = {key: each.map(change) for key, each in whole.items() if key != "targets"}
    return SettledBundle(bundle, target, Located(rest, whole.place), variables, values)


def _variables(bundle: Bundle, own: Located) -> dict[str, Any]:
    given = dict(own.items("variables"))
    values = {}
    for key, each in bundle.whole.items("variables"):
        found = given.get(key) or each.get("default")
        assigned = found.plain if found else None
        if isinstance(assigned, dict) and "lookup" not in assigned and key in given:
            assigned = assigned.get("default", assigned)
        if assigned is not None and not (isinstance(assigned, dict) and "lookup" in assigned):
            values[key] = assigned
    return values


def _known(bundle: Bundle, target: str, whole: Located) -> dict[str, Any]:
    """Give the values that follow from the files alone."""
    root = whole.text("workspace", "root_path") or ROOT
    paths = {
        key: whole.text("workspace", key) or f"${{workspace.root_path}}/{folder}"
        for key, folder in (
            ("file_path", "files"), ("artifact_path", "artifacts"), ("state_path", "state"), ("resource_path", "resources"),
        )
    }  # fmt: skip
    known: dict[str, Any] = {"bundle.name": bundle.name, "bundle.target": target, "workspace.root_path": root}
    known |= {f"workspace.{key}": path for key, path in paths.items()}
    if host := whole.text("workspace", "host"):
        known["workspace.host"] = host
    for kind, each in whole.items("resources"):
        for name, one in each.items():
            known |= {
                f"resources.{kind}.{name}.{key}": leaf.value
                for key, leaf in one.items()
                if isinstance(leaf.value, str | int) and f"resources.{kind}.{name}.{key}" not in references(leaf.value)
            }
    return known

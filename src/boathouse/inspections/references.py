"""References such as ${var.catalog} and ${resources.jobs.daily.id} lead to something that is declared and has a value."""

from __future__ import annotations

from collections.abc import Iterator

from boathouse.errors import did_you_mean
from boathouse.fault import Fault, fault
from boathouse.package.bundle_files import Bundle
from boathouse.package.bundle_target import SettledBundle
from boathouse.package.package import Package
from boathouse.package.reference_text import REFERENCE, references

ROOTS = ("var", "bundle", "workspace", "resources")
ABOUT = ("name", "target", "uuid", "git")
WORKSPACE = (
    "root_path", "file_path", "artifact_path", "state_path", "resource_path", "host", "profile", "workspace_id", "current_user",
)  # fmt: skip
USER = ("userName", "user_name", "short_name", "domain_friendly_name", "id", "display_name")
# What the platform answers, besides the settings that stand in the files.
ANSWERED = ("id", "url", "name", "full_name", "volume_path", "storage_location", "path", "etag")


def inspect(package: Package) -> Iterator[Fault]:
    for bundle in package.bundles:
        for part in bundle.parts:
            for path, leaf in part.leaves():
                for name in references(leaf.value):
                    if wrong := _wrong(bundle, name):
                        yield fault(leaf, path, *wrong)
                if isinstance(leaf.value, str) and "${" in REFERENCE.sub("", leaf.value):
                    yield fault(leaf, path, "a `${` begins no reference", "write ${var.name}, and close the brace")
        yield from _unused(bundle)
    for settled in package.settled:
        yield from _without_value(settled)


def _wrong(bundle: Bundle, name: str) -> tuple[str, str] | None:
    root, *rest = name.split(".")
    if root in ("var", "variables"):
        declared = [key for key, _ in bundle.whole.items("variables")]
        ok = rest and rest[0] in declared
        return (
            None
            if ok
            else (f"there is no variable `{'.'.join(rest)}`", did_you_mean(rest[0] if rest else "", declared))
        )
    if root == "resources":
        return _resource(bundle, rest)
    known = {"bundle": ABOUT, "workspace": WORKSPACE}.get(root)
    if known is None:
        return f"`${{{name}}}` leads nowhere", did_you_mean(root, ROOTS)
    if not rest or rest[0] not in known:
        return f"`${{{name}}}` leads nowhere", did_you_mean(rest[0] if rest else "", known)
    if rest[0] == "current_user" and (len(rest) < 2 or rest[1] not in USER):  # noqa: PLR2004 - one word behind it
        return f"`${{{name}}}` leads nowhere", did_you_mean(rest[1] if len(rest) > 1 else "", USER)
    return None


def _resource(bundle: Bundle, rest: list[str]) -> tuple[str, str] | None:
    kind, key, *field = [*rest, "", ""][: max(2, len(rest))]
    declared = [name for each in _kinds(bundle, kind) for name in each]
    if not declared:
        kinds = [name for name, _ in bundle.whole.items("resources")]
        return f"there are no resources of the kind `{kind}`", did_you_mean(kind, kinds)
    if key not in declared:
        return f"`{kind}` has no `{key}`", did_you_mean(key, declared)
    settings = bundle.whole.get("resources", kind, key)
    known = (*ANSWERED, *(name for name, _ in settings.items())) if settings else ANSWERED
    if not field or field[0] not in known:
        return f"`{kind}.{key}` has no `{'.'.join(field)}`", did_you_mean(
            field[0] if field else "", known
        ) or "write .id"
    return None


def _kinds(bundle: Bundle, kind: str) -> Iterator[list[str]]:
    yield [key for key, _ in bundle.whole.items("resources", kind)]
    for target in bundle.targets:
        yield [key for key, _ in bundle.whole.items("targets", target, "resources", kind)]


def _unused(bundle: Bundle) -> Iterator[Fault]:
    leaves = (leaf.value for part in bundle.parts for _, leaf in part.leaves())
    used = {name.split(".")[1] for value in leaves for name in references(value) if name.startswith("var")}
    for key, each in bundle.whole.items("variables"):
        if key not in used:
            yield fault(each, ("variables", key), f"nothing uses `{key}`", "leave it out", only_a_hint=True)


def _without_value(settled: SettledBundle) -> Iterator[Fault]:
    whole = settled.bundle.whole
    for key, _ in settled.own.items("variables"):
        if whole.get("variables", key) is None:
            known = [name for name, _ in whole.items("variables")]
            at = settled.own.get("variables", key) or settled.own
            path = ("targets", settled.target, "variables", key)
            yield fault(at, path, f"there is no variable `{key}`", did_you_mean(key, known))
    for key, each in whole.items("variables"):
        looked_up = each.get("lookup") or settled.own.get("variables", key, "lookup")
        if key not in settled.variables and not looked_up:
            said = f"`{key}` has no value in the target `{settled.target}`"
            yield fault(each, ("variables", key), said, "give it a `default`, or a value in the target's `variables`")
        elif key in settled.variables and f"var.{key}" in references(settled.variables[key]):
            yield fault(each, ("variables", key), f"`{key}` refers to itself")

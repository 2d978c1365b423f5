"""Access: who may do what with a resource, as grants of Unity Catalog or as permissions of the workspace."""

from __future__ import annotations

from collections.abc import Mapping

from boathouse.deploy.deployment import LEVELS, Wanted
from boathouse.deploy.resource_calls import calls
from boathouse.deploy.state import Made
from boathouse.deploy.workspace import Workspace
from boathouse.package.resource_shape import DASHBOARDS, EXPERIMENTS, sdk


def apply_access(workspace: Workspace, wanted: Wanted, made: Made) -> tuple[str, ...]:
    """Give whoever is named what they may do, and nobody else; give the principals of the grants."""
    if wanted.kind in LEVELS:
        _permissions(workspace, wanted, made.id)
        return ()
    return _grants(workspace, wanted, made)


def _permissions(workspace: Workspace, wanted: Wanted, there: str) -> None:
    """Write the whole list; whoever deploys stays in it, as the owner where a kind has one."""
    request = sdk().iam.AccessControlRequest
    who = "service_principal_name" if workspace.is_service_principal else "user_name"
    owner = "CAN_MANAGE" if wanted.kind in (EXPERIMENTS, DASHBOARDS) else "IS_OWNER"
    entries = [each for each in wanted.access if each.get(who) != workspace.user]
    entries.append({who: workspace.user, "permission_level": owner})
    workspace.client.permissions.set(
        calls(wanted.kind).ACCESS, there, access_control_list=[request.from_dict(each) for each in entries]
    )


def _grants(workspace: Workspace, wanted: Wanted, made: Made) -> tuple[str, ...]:
    """Bring the grants of each principal that a bundle names, or named, to what it says; others keep theirs."""
    catalog = sdk().catalog
    kind = calls(wanted.kind).ACCESS
    said: dict[str, set[str]] = {each["principal"]: set(each.get("privileges", ())) for each in wanted.access}
    current = workspace.client.grants.get(kind, made.id)
    has = {
        each.principal: {privilege.value for privilege in each.privileges or ()}
        for each in current.privilege_assignments or ()
    }
    changes = []
    for principal in sorted({*said, *made.principals}):
        add, remove = _change(said, has, principal)
        if add or remove:
            change = {"principal": principal, "add": sorted(add), "remove": sorted(remove)}
            changes.append(catalog.PermissionsChange.from_dict({key: each for key, each in change.items() if each}))
    if changes:
        workspace.client.grants.update(kind, made.id, changes=changes)
    return tuple(sorted(said))


def _change(said: Mapping[str, set[str]], has: Mapping[str, set[str]], principal: str) -> tuple[set[str], set[str]]:
    wanted, there = said.get(principal, set()), has.get(principal, set())
    return wanted - there, there - wanted

"""The keys of a bundle's own file, databricks.yml, as dataclasses; what they mean is told at docs.databricks.com.

Resources are not here: their shape is that of the SDK's requests (resource_shape.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Pause = Literal["PAUSED", "UNPAUSED"]


@dataclass(frozen=True)
class Lock:
    enabled: bool | None = None
    force: bool | None = None


@dataclass(frozen=True)
class Deployment:
    fail_on_active_runs: bool | None = None
    lock: Lock | None = None


@dataclass(frozen=True)
class Git:
    branch: str | None = None
    origin_url: str | None = None


@dataclass(frozen=True)
class About:
    """`bundle:` of databricks.yml."""

    name: str
    cluster_id: str | None = None
    compute_id: str | None = None
    databricks_cli_version: str | None = None
    deployment: Deployment | None = None
    engine: Literal["direct", "terraform"] | None = None
    git: Git | None = None
    uuid: str | None = None


@dataclass(frozen=True)
class AboutTarget:
    """`bundle:` of a target, which needs no name."""

    cluster_id: str | None = None
    compute_id: str | None = None
    deployment: Deployment | None = None
    git: Git | None = None


@dataclass(frozen=True)
class Lookup:
    """A variable whose value is the id of what has a name."""

    alert: str | None = None
    cluster: str | None = None
    cluster_policy: str | None = None
    dashboard: str | None = None
    instance_pool: str | None = None
    job: str | None = None
    metastore: str | None = None
    notification_destination: str | None = None
    pipeline: str | None = None
    query: str | None = None
    service_principal: str | None = None
    warehouse: str | None = None


@dataclass(frozen=True)
class Variable:
    default: Any = None
    description: str | None = None
    lookup: Lookup | None = None
    type: Literal["complex"] | None = None


@dataclass(frozen=True)
class Workspace:
    account_id: str | None = None
    artifact_path: str | None = None
    auth_type: str | None = None
    azure_client_id: str | None = None
    azure_environment: str | None = None
    azure_login_app_id: str | None = None
    azure_tenant_id: str | None = None
    azure_use_msi: bool | None = None
    azure_workspace_resource_id: str | None = None
    client_id: str | None = None
    file_path: str | None = None
    google_service_account: str | None = None
    host: str | None = None
    profile: str | None = None
    resource_path: str | None = None
    root_path: str | None = None
    state_path: str | None = None
    workspace_id: str | None = None


@dataclass(frozen=True)
class RunAs:
    service_principal_name: str | None = None
    user_name: str | None = None


@dataclass(frozen=True)
class Permission:
    """Who may do what with all resources of a bundle; one resource's own levels are in resource_shape.py."""

    level: Literal["CAN_VIEW", "CAN_RUN", "CAN_MANAGE"]
    group_name: str | None = None
    service_principal_name: str | None = None
    user_name: str | None = None


@dataclass(frozen=True)
class Presets:
    artifacts_dynamic_version: bool | None = None
    jobs_max_concurrent_runs: int | None = None
    name_prefix: str | None = None
    pipelines_development: bool | None = None
    source_linked_deployment: bool | None = None
    tags: dict[str, str] | None = None
    trigger_pause_status: Pause | None = None


@dataclass(frozen=True)
class ArtifactFile:
    source: str


@dataclass(frozen=True)
class Artifact:
    type: Literal["whl", "jar"] | None = None
    build: str | None = None
    dynamic_version: bool | None = None
    executable: Literal["bash", "sh", "cmd"] | None = None
    files: list[ArtifactFile] | None = None
    path: str | None = None


@dataclass(frozen=True)
class Sync:
    exclude: list[str] | None = None
    include: list[str] | None = None
    paths: list[str] | None = None


@dataclass(frozen=True)
class Target:
    artifacts: dict[str, Artifact] | None = None
    bundle: AboutTarget | None = None
    cluster_id: str | None = None
    compute_id: str | None = None
    default: bool | None = None
    git: Git | None = None
    mode: Literal["development", "production"] | None = None
    permissions: list[Permission] | None = None
    presets: Presets | None = None
    resources: dict[str, dict[str, Any]] | None = None
    run_as: RunAs | None = None
    sync: Sync | None = None
    variables: dict[str, Any] | None = None
    workspace: Workspace | None = None


@dataclass(frozen=True)
class Part:
    """A file that a bundle includes: all that databricks.yml may say, and nothing has to be there."""

    artifacts: dict[str, Artifact] | None = None
    bundle: About | None = None
    experimental: Any = None
    include: list[str] | None = None
    permissions: list[Permission] | None = None
    presets: Presets | None = None
    python: Any = None
    resources: dict[str, dict[str, Any]] | None = None
    run_as: RunAs | None = None
    scripts: Any = None
    sync: Sync | None = None
    targets: dict[str, Target] | None = None
    variables: dict[str, Variable] | None = None
    workspace: Workspace | None = None

"""Workspace: a connection by databricks-sdk, its files, and what it refuses said in one line."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import PurePosixPath
from typing import Any

from boathouse.errors import BoathouseError, EngineError, UserError
from boathouse.package.resource_shape import sdk
from boathouse.secret import masked_line

PATIENCE = 60  # seconds; by default the SDK asks a host that does not answer for five minutes


@dataclass(frozen=True)
class Workspace:
    """Who asks which workspace."""

    client: Any
    user: str
    is_service_principal: bool = False

    @property
    def short_name(self) -> str:
        """The user's name as it may stand in another name: ada.lovelace@example.com -> ada_lovelace."""
        return re.sub(r"\W+", "_", self.user.partition("@")[0]).strip("_").lower()

    def read(self, path: str) -> bytes | None:
        """Read a file; None where there is none."""
        stream = known(self.client.workspace.download, path)
        return None if stream is None else bytes(stream.read())

    def write(self, path: str, content: bytes, *, overwrite: bool = True) -> bool:
        """Write a file; without `overwrite` only where there is none, and tell whether it was written.

        By its first line and extension the workspace tells whether it is a notebook.
        """
        from databricks.sdk.errors import BadRequest, ResourceConflict

        try:
            self._upload(path, content, overwrite=overwrite)
        except (BadRequest, ResourceConflict) as error:
            if overwrite or "ALREADY_EXISTS" not in str(error.error_code):
                raise
            return False
        return True

    def _upload(self, path: str, content: bytes, *, overwrite: bool) -> None:
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.workspace import ImportFormat

        def send() -> None:
            stream = io.BytesIO(content)
            self.client.workspace.upload(path, stream, format=ImportFormat.AUTO, overwrite=overwrite)

        try:
            send()
        except NotFound:  # the first file of a folder: asking for each would double the calls
            self.client.workspace.mkdirs(str(PurePosixPath(path).parent))
            send()

    def remove(self, path: str) -> None:
        """Remove a file, if it is there; of a notebook the workspace has taken the extension off."""
        stem = str(PurePosixPath(path).with_suffix(""))
        for each in dict.fromkeys((path, stem)):
            there = known(self.client.workspace.get_status, each)
            if there and (each == path or there.object_type.value == "NOTEBOOK"):
                known(self.client.workspace.delete, each)
                return


def connect(host: str = "", profile: str = "") -> Workspace:
    """Connect by the SDK's own settings (DATABRICKS_HOST, a profile, OAuth ...); nothing here reads a token."""
    sdk()
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config

    # It would tell on the screen of each address that it could not find out, and then go on without it.
    logging.getLogger("databricks.sdk").addHandler(logging.NullHandler())
    with translated(f"signing in to {host or 'the workspace'}"):
        told: dict[str, Any] = {"host": host or None, "profile": profile or None, "retry_timeout_seconds": PATIENCE}
        client = WorkspaceClient(config=Config(**told, product="boathouse", product_version=_version()))
        me = client.current_user.me()
    return Workspace(client, me.user_name or "", "@" not in (me.user_name or ""))


def known(ask: Callable[..., Any], *arguments: Any, **named: Any) -> Any | None:
    """Ask for something that may not be there; None where it is not."""
    from databricks.sdk.errors import NotFound

    try:
        return ask(*arguments, **named)
    except NotFound:
        return None


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Say in one line what a workspace refused; no token is in it."""
    from databricks.sdk.errors import DatabricksError, PermissionDenied, Unauthenticated

    try:
        yield
    except PermissionDenied as error:
        raise _refused(doing, error, "ask an administrator of the workspace for this permission") from None
    except Unauthenticated as error:
        raise _refused(doing, error, "sign in: set DATABRICKS_HOST and its credentials, or name a profile") from None
    except DatabricksError as error:
        raise _refused(doing, error, "") from None
    except (ValueError, OSError) as error:  # the SDK found no way to sign in, or no workspace
        if isinstance(error, BoathouseError):
            raise
        hint = "sign in: set DATABRICKS_HOST and its credentials, or name a profile in ~/.databrickscfg"
        raise UserError(f"{doing}: {_line(error)}", hint=hint) from None


def _refused(doing: str, error: Exception, hint: str) -> EngineError:
    return EngineError(f"{doing}: the workspace answers: {_line(error)}", hint=hint)


def _line(error: Exception) -> str:
    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return masked_line(re.sub(r"\s*Config: .*", "", first).rstrip(" ."))


def _version() -> str:
    try:
        return installed("boathouse")
    except PackageNotFoundError:  # run from its sources
        return "0.0.0"

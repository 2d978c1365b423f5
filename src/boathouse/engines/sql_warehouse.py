"""SQL warehouse: one statement sent to a Databricks SQL warehouse over HTTPS, and the rows that it answers.

https://docs.databricks.com/api/workspace/statementexecution
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from boathouse.errors import EngineError, UserError

STATEMENTS = "/api/2.0/sql/statements"
VARIABLES = ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_WAREHOUSE_ID")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WAITED = 30  # seconds that the service holds the first answer back
LONGEST = 1200  # seconds for one statement; a warehouse that sleeps takes minutes to wake
RETRIES, RETRIED = 5, (429, 503)


class _NoRedirect(HTTPRedirectHandler):
    """urllib would send the token on to wherever a redirect points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class SqlWarehouse:
    """Where statements are sent; the token is in no text that this ever shows."""

    host: str
    warehouse: str
    token: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> SqlWarehouse:
        """Read host, token and warehouse as Databricks' own tools do."""
        if missing := [name for name in VARIABLES if not environment.get(name)]:
            raise UserError(f"{', '.join(missing)} must be set to ask Databricks", hint="export them in the shell")
        host, token, warehouse = (environment[name].strip() for name in VARIABLES)
        url = urlsplit(host if "://" in host else f"https://{host}")
        if (
            not url.hostname
            or "@" in url.netloc
            or (url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK))
        ):
            raise UserError("DATABRICKS_HOST is no https address", hint="https://adb-123.4.azuredatabricks.net")
        if not (token.isascii() and token.isprintable() and " " not in token):
            raise UserError("DATABRICKS_TOKEN is no token")  # http.client would show it whole in its error
        return cls(f"{url.scheme}://{url.netloc}", warehouse, token)

    def rows(self, statement: str, *, seconds: float = LONGEST) -> list[dict[str, Any]]:
        """Run one statement and give its rows, every value as text; it is cancelled when this is interrupted."""
        asked = {
            "statement": statement, "warehouse_id": self.warehouse, "wait_timeout": f"{WAITED}s",
            "on_wait_timeout": "CONTINUE", "format": "JSON_ARRAY", "disposition": "INLINE",
        }  # fmt: skip
        answer = self._finished(self._call("POST", STATEMENTS, asked), time.monotonic() + seconds)
        manifest = answer.get("manifest") or {}
        if manifest.get("truncated"):
            raise EngineError("Databricks cut the answer short", hint="compare fewer columns")
        names = [column["name"] for column in manifest.get("schema", {}).get("columns", ())]
        return [dict(zip(names, row, strict=True)) for row in self._values(answer.get("result") or {})]

    def _finished(self, answer: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Ask until the statement has ended, and raise what it failed with."""
        place, pause = f"{STATEMENTS}/{answer.get('statement_id', '')}", 0.2
        try:
            while _state(answer) in ("PENDING", "RUNNING"):
                _wait(pause, deadline)
                answer, pause = self._call("GET", place), min(2 * pause, 5)
        except BaseException:  # Ctrl-C too: a warehouse costs money for as long as its statement runs
            with suppress(EngineError):
                self._call("POST", f"{place}/cancel")
            raise
        if _state(answer) != "SUCCEEDED":
            said = (answer.get("status", {}).get("error") or {}).get("message") or _state(answer)
            raise UserError(f"Databricks could not answer: {_first_line(said)}")
        return answer

    def _values(self, result: dict[str, Any]) -> Iterator[list[Any]]:
        """Give the rows of all chunks, each of which names the next."""
        yield from result.get("data_array") or ()
        while link := result.get("next_chunk_internal_link"):
            # The path is the service's; with "@elsewhere" in front it would lead the token away.
            if not str(link).startswith("/api/"):
                raise EngineError("Databricks named a next part of its answer that is no path of its own")
            result = self._call("GET", str(link))
            yield from result.get("data_array") or ()

    def _call(self, method: str, path: str, document: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one request; where the service is busy, wait as it asks and send it again."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if document is None else json.dumps(document).encode()
        request = Request(self.host + path, body, headers, method=method)  # noqa: S310 - https or loopback, see above
        for retries in reversed(range(RETRIES)):
            try:
                with build_opener(_NoRedirect).open(request, timeout=2 * WAITED) as response:
                    answer: dict[str, Any] = json.loads(response.read() or b"{}")
                    return answer
            except HTTPError as error:
                with error:
                    if error.code not in RETRIED or not retries:
                        raise _refused(error) from None
                    time.sleep(_pause(error))
            except (OSError, HTTPException) as error:
                raise EngineError(f"{self.host} cannot be asked: {_first_line(error)}") from None
            except ValueError:
                raise EngineError(f"{self.host} answered no JSON", hint="is it the address of a workspace?") from None
        raise AssertionError  # the last try returns or raises


def _wait(pause: float, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise EngineError("Databricks did not answer in time; the statement was cancelled")
    time.sleep(pause)


def _state(answer: Mapping[str, Any]) -> str:
    return str((answer.get("status") or {}).get("state", "unknown"))


def _pause(error: HTTPError) -> float:
    said = error.headers.get("Retry-After", "")
    return min(float(said), 30) if said.isdigit() else 1


def _refused(error: HTTPError) -> EngineError:
    try:
        said = str(json.loads(error.read()).get("message", ""))
    except (ValueError, AttributeError):
        said = ""
    hint = f"check {VARIABLES[1]} and its rights" if error.code in (401, 403) else ""
    return EngineError(f"Databricks answered {error.code}: {_first_line(said) or error.reason}", hint=hint)


def _first_line(said: object) -> str:
    return str(said).strip().split("\n", 1)[0]

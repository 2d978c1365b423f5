"""Post JSON to a server over HTTP, and again where the server, or the way to it, failed for a while."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from boathouse.errors import EngineError, UserError

FOR_A_WHILE = frozenset([429, 500, 502, 503, 504])
REFUSED = frozenset([401, 403])
LONGEST_PAUSE = 60.0  # seconds; a server that asks for more is told of instead
SHOWN = 200  # characters of an answer that an error shows


@dataclass(frozen=True)
class Retry:
    """How often it is tried, and how long is waited before the second time; each further wait is twice as long."""

    attempts: int = 5
    pause: float = 1.0
    sleep: Callable[[float], object] = time.sleep

    def wait(self, attempt: int, asked: str = "") -> None:
        """Wait as long as the server asks, or as the number of attempts says."""
        seconds = float(asked) if asked.isdigit() else self.pause * 2.0**attempt
        self.sleep(min(seconds, LONGEST_PAUSE))


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nowhere: the headers, with their key, would go along to another server."""


def checked_address(url: str) -> str:
    """Refuse an address to which a key would travel in the open: https, or this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url
    if parts.scheme == "http" and _is_here(parts.hostname or ""):
        return url
    raise UserError(f"`{url}` is no address that a key may be sent to", hint="write https://...")


def post(url: str, body: Mapping[str, Any], headers: Mapping[str, str], retry: Retry) -> Any:
    """Send one document and read the answer; `headers` may hold a key and are never told of."""
    checked_address(url)
    data = json.dumps(body).encode()
    sent = {"Content-Type": "application/json", "Accept": "application/json", **headers}
    said = ""
    for attempt in range(retry.attempts):
        try:
            return _answer(url, data, sent)
        except HTTPError as error:
            with error:  # it is the answer, too, and holds the connection
                if error.code not in FOR_A_WHILE:
                    _refuse(url, error)
            said, asked = f"it answers {error.code}", error.headers.get("Retry-After") or ""
        except (URLError, HTTPException, OSError) as error:
            said, asked = f"it cannot be reached: {getattr(error, 'reason', None) or error}", ""
        if attempt + 1 < retry.attempts:
            retry.wait(attempt, asked)
    raise EngineError(f"{_host(url)}: {said}, {retry.attempts} times", hint="try again later; nothing is lost by it")


def _answer(url: str, data: bytes, headers: Mapping[str, str]) -> Any:
    request = Request(url, data=data, headers=dict(headers), method="POST")  # noqa: S310 - checked_address was asked
    with _opener(url).open(request, timeout=30) as response:
        text = response.read()
    try:
        return json.loads(text)
    except ValueError as error:
        raise EngineError(f"{_host(url)} does not answer with JSON", hint="is it the right address?") from error


def _refuse(url: str, error: HTTPError) -> NoReturn:
    if error.code in REFUSED:
        raise UserError(f"{_host(url)} refuses the key ({error.code})", hint="has it the right to do this?") from None
    said = " ".join(error.read(4 * SHOWN).decode(errors="replace").split())[:SHOWN]
    raise UserError(f"{_host(url)} answers {error.code}: {said or error.reason}") from None


def _opener(url: str) -> OpenerDirector:
    proxies = [ProxyHandler({})] if _is_here(urlsplit(url).hostname or "") else []
    return build_opener(_NoRedirect, *proxies)


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    return urlsplit(url).hostname or url

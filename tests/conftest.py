from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

import claims_lake
from carton_caps_days import Days, live
from claims_lake import ClaimsLake
from terminal import Terminal

# On a machine that does other things as well, an example takes ten times as long as on its own.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

collect_ignore = ["golden"]  # exported projects have tests of their own


@pytest.fixture
def boathouse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command line, as one types at it."""
    monkeypatch.delenv("COLUMNS", raising=False)  # nobody looks, so the screen is wide
    return Terminal(monkeypatch, capsys)


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """One Spark session for all tests that need one: it takes 5-30 s to start."""
    from boathouse.engines.spark import session

    with session() as local:
        local.session.sql("CREATE SCHEMA IF NOT EXISTS spark_catalog.examples")
        yield local.session


@pytest.fixture(scope="session")
def carton_caps(tmp_path_factory: pytest.TempPathFactory) -> Days:
    """Live through the Carton Caps example once; no test changes it."""
    return live(tmp_path_factory.mktemp("days") / "carton_caps")


@pytest.fixture(scope="session")
def claims(tmp_path_factory: pytest.TempPathFactory) -> ClaimsLake:
    """Run the claims example once; no test changes it."""
    return claims_lake.live(tmp_path_factory.mktemp("insurer") / "claims")

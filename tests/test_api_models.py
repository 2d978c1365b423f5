"""The names of models and jobs in boathouse.api: there when they are asked for, and not a moment before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from boathouse import api
from boathouse.api import WHEN_ASKED

HEAVY = ("lightgbm", "mlflow", "numpy", "pandas", "pyarrow", "sklearn")


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_api_imports_nothing_heavy() -> None:
    said = python(f"import sys, boathouse.api; print([name for name in {HEAVY} if name in sys.modules])")
    assert said.stdout == "[]\n", said.stderr


@pytest.mark.parametrize("name", sorted(WHEN_ASKED))
def test_a_name_is_there(name: str) -> None:
    assert getattr(api, name) is not None
    assert name in api.__all__


def test_where_the_extra_is_missing_it_says_what_to_type() -> None:
    said = python("import sys; sys.modules['sklearn'] = None; from boathouse.api import ClaimsTreeAutoencoder")
    assert said.stderr.splitlines()[-1].endswith(
        "this needs sklearn, which is not installed; pip install 'boathouse[ml]'"
    )


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ClaimsAutoencoder'"):
        api.ClaimsAutoencoder  # noqa: B018

"""Artefact: the folder that holds a model: JSON, plain arrays and the libraries' own files, none of which is run as code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from zipfile import BadZipFile

import numpy as np

from boathouse.errors import FileError
from boathouse.ml.fraud.conditional import Conditional
from boathouse.ml.fraud.marginal import Marginal
from boathouse.ml.fraud.surprise import Surprise
from boathouse.ml.fraud.tree_library import TreeLibrary
from boathouse.model import FILE

ARRAYS = "arrays.npz"
TREES_FOLDER = "trees"
BY_COLUMN = ("shifts", "rarity", "usual", "weights")


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into, which takes the place of `folder` at the end, or of nothing after an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new, old = work / "new", work / "old"
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_surprise(folder: Path, surprise: Surprise, document: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write what was learnt, and what the model says of itself, into an empty folder."""
    (folder / TREES_FOLDER).mkdir()
    for conditional in surprise.conditionals:
        arrays[f"marginal_{conditional.column}"] = surprise.marginals[conditional.column].surprisals
        arrays[f"shares_{conditional.column}"] = conditional.shares
        for name, model in _named(conditional, surprise.library.suffix):
            if model is not None:
                (folder / TREES_FOLDER / name).write_bytes(surprise.library.to_bytes(model))
    arrays |= {name: getattr(surprise, name) for name in BY_COLUMN}
    np.savez_compressed(folder / ARRAYS, **arrays)  # type: ignore[arg-type]  # numpy's own stub
    columns = [_column(*parts) for parts in zip(surprise.marginals, surprise.conditionals, strict=True)]
    text = json.dumps({**document, "seed": surprise.seed, "fitted": columns}, indent=1, ensure_ascii=False)
    (folder / FILE).write_text(text, encoding="utf-8")


def read_document(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read the JSON and the arrays of a model's folder."""
    try:
        document = json.loads((folder / FILE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as found:
            return document, dict(found)
    except (OSError, ValueError, BadZipFile) as error:
        raise FileError(f"{folder} is no whole model: {error}", hint="train and save it anew") from None


def read_surprise(
    folder: Path, library: TreeLibrary, document: dict[str, Any], arrays: dict[str, np.ndarray]
) -> Surprise:
    """Make of the files what was learnt."""
    marginals, conditionals = [], []
    for index, column in enumerate(document["fitted"]):
        marginals.append(Marginal(arrays[f"marginal_{index}"], column["low"], column["width"]))
        bare = Conditional(
            index, column["centre"], column["spread"], (column["limits"][0], column["limits"][1]), column["scale"],
            arrays[f"shares_{index}"], tuple(tuple(repeat) for repeat in column["models"]),
        )  # fmt: skip
        conditionals.append(_with_models(bare, folder / TREES_FOLDER, library))
    by_column = {name: arrays[name] for name in BY_COLUMN}
    return Surprise(library, tuple(marginals), tuple(conditionals), seed=document["seed"], **by_column)


def _column(marginal: Marginal, conditional: Conditional) -> dict[str, Any]:
    return {
        "low": marginal.low, "width": marginal.width, "centre": conditional.centre, "spread": conditional.spread,
        "limits": list(conditional.limits), "scale": conditional.scale,
        "models": [[model is not None for model in repeat] for repeat in conditional.models],
    }  # fmt: skip


def _named(conditional: Conditional, suffix: str) -> Iterator[tuple[str, Any]]:
    for repeat, models in enumerate(conditional.models):
        for fold, model in enumerate(models):
            yield f"{conditional.column}_{repeat}_{fold}{suffix}", model


def _with_models(bare: Conditional, folder: Path, library: TreeLibrary) -> Conditional:
    named = iter(list(_named(bare, library.suffix)))

    def read(there: bool) -> Any:
        name, _ = next(named)
        try:
            return library.from_bytes((folder / name).read_bytes(), bare.target) if there else None
        except Exception as error:  # noqa: BLE001 - each library has an error of its own for a file it cannot read
            raise FileError(f"{folder / name} cannot be read: {error}", hint="train and save it anew") from None

    return replace(bare, models=tuple(tuple(read(there) for there in repeat) for repeat in bare.models))

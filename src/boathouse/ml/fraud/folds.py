"""Folds: which rows a model learns from, and which it has not seen, by what stands in them and not by where they are."""

from __future__ import annotations

import numpy as np

FOLDS = 2
# SplitMix64 (Steele, Lea, Flood 2014): each bit of a row's values decides half of the bits of its fingerprint.
GOLDEN, FIRST, SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def fingerprints(matrix: np.ndarray, seed: int) -> np.ndarray:
    """Give 64 bits a row that depend on its values alone.

    A row is then of the same fold in every batch and order: scored again, a training row gets its out-of-fold score.
    """
    mixed = _mixed(np.full(len(matrix), seed % 2**64, dtype=np.uint64))
    for column in matrix.T:
        values = np.where(np.isnan(column), np.nan, column + 0.0)  # one NaN, and no minus zero
        mixed = _mixed(mixed ^ values.view(np.uint64))
    return mixed


def fold_of(prints: np.ndarray, repeat: int) -> np.ndarray:
    """Give the fold of each row, 0 or 1, by one bit of its fingerprint; each repeat has a bit of its own."""
    return ((prints >> np.uint64(repeat)) & np.uint64(1)).astype(np.int64)


def _mixed(bits: np.ndarray) -> np.ndarray:
    bits = bits + GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * SECOND
    return np.asarray(bits ^ (bits >> np.uint64(31)))

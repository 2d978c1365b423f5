"""Python syntax: whether a text compiles, and its tree."""

from __future__ import annotations

import ast
import warnings


def tree(text: str) -> ast.Module | SyntaxError:
    """Parse Python; what a newer version will no longer accept is no fault of today."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return ast.parse(text)
        except SyntaxError as error:
            return error
        except ValueError as error:  # a NUL, say
            return SyntaxError(str(error))

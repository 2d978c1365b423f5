"""Declarative: the parts of a declarative pipeline."""

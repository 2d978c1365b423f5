"""Transformations: a module a table, a folder a layer."""

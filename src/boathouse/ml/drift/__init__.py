"""Drift: how far rows have moved from those that a model was trained on."""

"""Forecasts with intervals, held against the naive ones."""

"""Fraud scores: how surprising each value of a row is, given the row's other values."""

"""Inspections: a file for each sort of fault that can be seen without a workspace."""

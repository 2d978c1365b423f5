"""Lints: a file for each rule that a project's tables are held against, beyond what a plan refuses."""

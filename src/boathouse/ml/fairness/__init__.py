"""Fairness: how a score treats groups of people, with how sure that is."""

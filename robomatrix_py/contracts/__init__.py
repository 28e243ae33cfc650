"""Frozen dataclasses and errors that every layer shares. Needs numpy and nothing else."""

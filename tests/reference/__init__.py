"""Slow, obvious twins of the fast things, written from their definitions."""

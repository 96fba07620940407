"""Providers of the command palette."""

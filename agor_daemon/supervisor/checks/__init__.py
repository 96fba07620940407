"""Checks of sessions' files: run, bounded, stopped, and recorded."""

"""Stores to test on."""

from tests.builders.stores import clock, store, url

__all__ = ["clock", "store", "url"]

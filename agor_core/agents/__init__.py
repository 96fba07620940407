"""Adapters for agents' protocols and the registry of agents; no processes. ``demo`` is a program of its own."""

"""Screens: each lays out its widgets, and turns commands into calls."""

"""Widgets, one idea each; lists and long texts draw their lines themselves."""

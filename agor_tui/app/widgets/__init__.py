"""Widgets, one idea each; what is long is drawn line by line."""

"""``agor session …``: a module for what belongs together."""

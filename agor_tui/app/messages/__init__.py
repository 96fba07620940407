"""Messages: what widgets tell their screens."""

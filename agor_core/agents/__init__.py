"""What agents say and which agents there are; no processes. ``demo`` is a program of its own."""

"""The command line: every verb a thin translation to a call of the daemon."""

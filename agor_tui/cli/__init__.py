"""The command line: every verb translates to a call of the daemon."""

"""The terminal side: the command line and the full-screen app."""

"""Dialogs: forms, confirmations and the list of keys, each a modal screen above the one that opened it."""

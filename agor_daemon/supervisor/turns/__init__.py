"""Prompts as turns: the queue of a session, one turn, approvals, recovery after a crash."""

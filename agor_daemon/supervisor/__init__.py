"""The agent processes: turns, queues, approvals, workspaces, recovery."""

"""Changes of one session brought into another's worktree."""

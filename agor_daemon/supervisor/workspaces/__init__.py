"""The folders of sessions: repositories, worktrees, checkpoints, and their removal."""

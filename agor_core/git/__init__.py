"""Git as Agor uses it: worktrees, checkpoints and differences, by the git program."""

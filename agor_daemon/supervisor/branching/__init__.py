"""New sessions out of others: forks and spawns."""

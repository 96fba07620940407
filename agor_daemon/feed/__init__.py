"""The feed: from a commit to every client."""

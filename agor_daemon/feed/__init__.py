"""The feed: committed changes on their way to every client."""

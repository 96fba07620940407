"""The core of Agor: ids, domain, queries, store, git and agent adapters, shared by the daemon and its clients."""

__version__ = "0.1.0"

"""The store for programs of one's own: records in and out, ids and times made, no daemon needed.

::

    async with open_store("agor.db") as store:
        session = await store.sessions.create(agent="demo", title="Try it")
"""

from agor_core.library.opening import LibraryStore, open_store

__all__ = ["LibraryStore", "open_store"]

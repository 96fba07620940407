"""Feathers' query syntax, without a store: its fields, parser and tree, and the match of records in memory.

See https://feathersjs.com/api/databases/querying.html for the syntax. Three options are our own. ``$total=false`` omits
the total. ``$after=ID`` is the page that begins after the record with that id, in the order of ``$sort``, and
``$before=ID`` the page that ends before it: the next page begins after the last record of this one. Such a page costs
the same at any depth, and records that are created meanwhile are neither repeated nor skipped, as with ``$skip``.
Raises NotFound if the record with that id was removed.
"""

"""Feathers' query syntax, without a store: what may be asked, the tree it is read into, and what matches in memory.

See https://feathersjs.com/api/databases/querying.html for the syntax. Two options are our own. ``$total=false`` leaves
the counting out. ``$after=ID`` answers the page that begins after the record with that id, in the order of ``$sort``,
and ``$before=ID`` the one that ends before it: ask for the next page with the id of the last record of this one. Such
a page costs the same at any depth, and what is added meanwhile neither repeats nor skips a record, as it does with
``$skip``. A record that was removed for good is no place to go on from: that is NotFound.
"""

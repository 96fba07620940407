"""Plain functions of a connection, a module a record; they compose statements and never commit."""

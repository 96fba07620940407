"""The store: engine, tables, migrations, feed log."""

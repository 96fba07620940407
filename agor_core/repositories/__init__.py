"""The repositories, one module for each kind of record: functions of a connection, which never commit."""

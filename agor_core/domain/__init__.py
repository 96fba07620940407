"""The records, frozen, in the form in which REST, the feed and ``--json`` show them, and the rules about them."""

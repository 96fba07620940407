"""What Agor is about: frozen records, in the form in which REST, the feed and ``--json`` show them."""

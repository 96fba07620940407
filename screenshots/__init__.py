"""One small script per picture; each picture lies beside its script. ``python -m screenshots`` makes them all."""

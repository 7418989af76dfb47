"""The benchmark of the package: ``python -m asp.bench``."""

"""Measurements: `benchmarks.compare`, and `benchmarks.load`, a load generator of its own."""

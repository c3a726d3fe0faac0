"""Benchmarks of the analysis library: how well it warns, and how fast. Never run as tests."""

"""Pingji 平急: a public-health emergency platform for a county or a city."""

"""Warnings in the Common Alerting Protocol, version 1.2 (OASIS Standard, 1 July 2010)."""

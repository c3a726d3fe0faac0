"""The demonstration county: everything in it but the places is invented, and marked so."""

from pingji.ground.directory.actions.demo.making import make_demo_county

__all__ = ["make_demo_county"]

"""`python -m pingji.config.cli`: the same as `pingji`."""

from pingji.config.cli import main

main(prog_name="pingji")

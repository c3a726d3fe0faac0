"""The benchmarks of `make bench`, one after the other.

Each also runs alone, as do those of this folder that are not named here: python -m bench.NAME.
"""

import subprocess
import sys

# Quality of warning takes minutes; the others seconds.
ALL = (
    "farrington",
    "simple_detectors",
    "control_charts",
    "estimate",
    "fhir",
    "hl7v2",
    "imports",
    "living",
    "pages",
    "warning_quality",
)


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all; 1 if one could not run."""
    failed = 0
    for name in names or ALL:
        print(f"\n== {name}", flush=True)
        failed |= subprocess.call([sys.executable, "-m", f"bench.{name}"])
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

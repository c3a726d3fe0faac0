"""How a file that a county writes is told of its faults, and which plans ship with the program."""

from pingji.ground.standards.rules.faults import Problem, line_of, path_of, problem_of
from pingji.ground.standards.rules.profile import shipped_profiles

__all__ = ["Problem", "line_of", "path_of", "problem_of", "shipped_profiles"]

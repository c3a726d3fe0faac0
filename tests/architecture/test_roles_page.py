"""The page of roles says what the table in code says."""

from django.utils.translation import override

from pingji.ground.directory.models import BOUND_TO_ORGANISATION, ROLE_PERMISSIONS, Role
from pingji.ground.directory.models.roles import EVERYBODY
from tests.architecture.source import ROOT

PAGE = ROOT / "docs/reference/roles.md"


def rows():
    """The table of the page, by role."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_the_page_of_roles_names_every_role_and_what_it_may_do():
    expected = {}
    for role in Role:
        with override("en"):
            english = str(role.label)
        with override("zh-hans"):
            chinese = str(role.label)
        sees = "own" if role in BOUND_TO_ORGANISATION else "area"
        may = " ".join(f"`{one}`" for one in sorted(ROLE_PERMISSIONS[role] - EVERYBODY))
        expected[role.value] = [english, chinese, sees, may]

    assert rows() == expected


def test_the_page_of_roles_names_what_everybody_may():
    text = PAGE.read_text("utf-8")

    assert all(f"`{one}`" in text for one in EVERYBODY)

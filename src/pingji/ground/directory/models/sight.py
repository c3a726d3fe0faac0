"""Who sees what: an area's prefix and, for some roles, one organisation."""

from typing import Any, Self

from django.db.models import CheckConstraint, Q, QuerySet

from pingji.ground.directory.models.roles import BOUND_TO_ORGANISATION


class ScopedQuerySet(QuerySet):
    """Rows that lie in an area and may belong to an organisation.

    Attributes:
        area_field: Path to the area, or to its code.
        organisation_field: Path to the organisation, or None where rows have none.
    """

    area_field = "area"
    organisation_field: str | None = None

    def visible_to(self, user: Any) -> Self:
        """The rows this user may see; none for somebody who is not signed in."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        path = self.area_field.removesuffix("_id")
        code = path if path.endswith("code") else f"{path}__code"
        rows = self.filter(**{f"{code}__startswith": user.area_id})
        if self.organisation_field and user.role in BOUND_TO_ORGANISATION:
            rows = rows.filter(self.of_theirs(user))
        return rows

    def of_theirs(self, user: Any) -> Q:
        """The rows of the organisation of somebody who sees no others."""
        return Q(**{str(self.organisation_field): user.organisation_id})


def who_and_when(verb: str, *, unless: Q | None = None) -> CheckConstraint:
    """Bind `<verb>_by` and `<verb>_at` together: both, or neither.

    Args:
        verb: The past participle the two columns begin with.
        unless: Rows for which both must be empty; all others must have both.
    """
    both = Q(**{f"{verb}_by__isnull": False, f"{verb}_at__isnull": False})
    neither = Q(**{f"{verb}_by__isnull": True, f"{verb}_at__isnull": True})
    condition = (both | neither) if unless is None else (unless & neither) | (~unless & both)
    return CheckConstraint(condition=condition, name=f"%(app_label)s_%(class)s_{verb}_who_when")

"""The catalogue of diseases."""

import tomllib
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pingji.ground.directory.models import User
from pingji.ground.record.actions import note
from pingji.monitor.surveillance.models import Disease, DiseaseClass

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "diseases.toml"
LAW = "传染病防治法(2025年修订);中国疾控中心2025年12月法定传染病疫情概况"


@transaction.atomic
def load_diseases(*, by: User, at: datetime, path: Path = SHIPPED) -> int:
    """Load the shipped catalogue; rows already there are left as they are. How many were new."""
    with path.open("rb") as file:
        rows = tomllib.load(file)["disease"]
    known = set(Disease.objects.values_list("code", flat=True))
    new = [row for row in rows if row["code"] not in known]
    if not new:
        return 0

    Disease.objects.bulk_create(
        Disease(
            code=row["code"],
            name=row["name"],
            name_en=row["name_en"],
            other_names=row.get("other_names", []),
            is_syndrome=row.get("is_syndrome", False),
            source=LAW if "legal_class" in row else "",
        )
        for row in new
    )
    DiseaseClass.objects.bulk_create(
        DiseaseClass(
            disease_id=row["code"],
            legal_class=row["legal_class"],
            managed_as_a=row.get("managed_as_a", False),
            valid_from=row["valid_from"],
            source=LAW,
        )
        for row in new
        if "legal_class" in row
    )
    note("diseases.loaded", subject=None, by=by, at=at, diseases=[row["code"] for row in new])
    return len(new)

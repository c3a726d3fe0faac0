"""Shapes and points as the map draws them."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from pingji.ground.directory.models import Area, Facility


def cells(areas: Iterable[Area]) -> dict[str, Any]:
    """Areas that have an outline, as a GeoJSON collection with name and place of the label.

    A caller adds `value`, `class` and `words` to a feature's properties to shade its cell.
    """
    features = [
        {
            "type": "Feature",
            "geometry": area.shape,
            "properties": {
                "code": area.code,
                "name": area.label,
                "schematic": area.is_schematic,
                "label_at": None if area.longitude is None else [area.longitude, area.latitude],
                "url": reverse("directory:area", args=[area.code]),
            },
        }
        for area in areas
        if area.shape
    ]
    return {"type": "FeatureCollection", "features": features}


def facility_points(facilities: Iterable[Facility]) -> list[dict[str, Any]]:
    """Facilities as points with a name, and words that say what they are."""
    return [
        {
            "lon": facility.longitude,
            "lat": facility.latitude,
            "kind": "facility",
            "name": facility.label,
            "words": facility.get_kind_display(),
            "url": reverse("directory:organisation", args=[facility.organisation_id]),
        }
        for facility in facilities
    ]

"""Shapes and points as the map draws them."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from pingji.ground.directory.models import Area, Facility

# Upper ends of the classes of population; the last class is open.
POPULATION_CLASSES = (5_000, 10_000, 20_000, 50_000)


def cells(areas: Iterable[Area]) -> dict[str, Any]:
    """Areas that have an outline, as a GeoJSON collection with name and place of the label.

    A caller adds `value`, `class` and `words` to a feature's properties to shade its cell.
    """
    url = _addresses("directory:area")
    features = [
        {
            "type": "Feature",
            "geometry": area.shape,
            "properties": {
                "code": area.code,
                "name": area.label,
                "schematic": area.is_schematic,
                "label_at": None if area.longitude is None else [area.longitude, area.latitude],
                "url": url(area.code),
            },
        }
        for area in areas
        if area.shape
    ]
    return {"type": "FeatureCollection", "features": features}


def facility_points(facilities: Iterable[Facility]) -> list[dict[str, Any]]:
    """Facilities as points with a name, and words that say what they are."""
    url = _addresses("directory:organisation")
    words = {kind.value: str(kind.label) for kind in Facility.Kind}
    return [
        {
            "lon": facility.longitude,
            "lat": facility.latitude,
            "kind": "facility",
            "name": facility.label,
            "words": words[facility.kind],
            "url": url(facility.organisation_id),
        }
        for facility in facilities
    ]


def _addresses(url_name: str) -> Callable[[object], str]:
    """The addresses of a table's rows, worked out once for all the places on a map."""
    begins, ends = reverse(url_name, args=[0]).split("0", 1)
    return lambda key: f"{begins}{key}{ends}"


def map_of(areas: Iterable[Area], *, title: str, points: list[dict[str, Any]]) -> dict[str, Any]:
    """What the map component draws: townships shaded by population, and points on them."""
    areas = list(areas)
    collection = cells(areas)
    people = {area.code: area.population for area in areas}
    for feature in collection["features"]:
        shown = feature["properties"]
        shown["value"] = people[shown["code"]]
        shown["class"] = _population_class(shown["value"])
        shown["words"] = (
            _("population not known")
            if shown["value"] is None
            else _("%(n)s people") % {"n": f"{shown['value']:,}"}
        )
    return {
        "title": title,
        "unit": _("people"),
        "schematic": any(f["properties"]["schematic"] for f in collection["features"]),
        "legend": _population_legend(people.values())
        + ([{"symbol": "facility", "words": _("facility")}] if points else []),
        "cells": collection,
        "points": points,
    }


def facilities_geojson(facilities: Iterable[Facility]) -> dict[str, Any]:
    """Facilities as a GeoJSON collection, for other programs."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": facility.pk,
                "geometry": {
                    "type": "Point",
                    "coordinates": [facility.longitude, facility.latitude],
                },
                "properties": {
                    "name": facility.label,
                    "kind": facility.kind,
                    "area": facility.area_id,
                    "organisation": facility.organisation.code,
                    "position_source": facility.position_source,
                },
            }
            for facility in facilities
        ],
    }


def _population_class(population: int | None) -> int:
    """0 where it is not known, 1 to 5 up the classes."""
    if population is None:
        return 0
    return 1 + sum(population > end for end in POPULATION_CLASSES)


def _population_legend(populations: Iterable[int | None]) -> list[dict[str, Any]]:
    present = sorted({_population_class(population) for population in populations})
    words = [
        _("population not known"),
        _("up to %(n)s people") % {"n": f"{POPULATION_CLASSES[0]:,}"},
    ]
    words += [
        _("%(first)s–%(last)s people") % {"first": f"{first + 1:,}", "last": f"{last:,}"}
        for first, last in pairwise(POPULATION_CLASSES)
    ]
    words.append(_("more than %(n)s people") % {"n": f"{POPULATION_CLASSES[-1]:,}"})
    return [{"class": level, "words": words[level]} for level in present]

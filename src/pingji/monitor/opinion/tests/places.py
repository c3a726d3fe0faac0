"""The places of the labelled posts."""

from pingji.ground.directory.models import Area, Organisation
from pingji.ground.directory.tests.factories import AreaFactory, OrganisationFactory, system_user
from pingji.ground.directory.tests.kept import rows
from pingji.ground.standards.tests.factories import plan
from pingji.monitor.surveillance.actions import load_diseases, load_symptoms
from pingji.monitor.surveillance.models import Disease, Symptom
from pingji.monitor.surveillance.tests.factories import NOON

COUNTY = "500242"
PLACES = {
    COUNTY: "酉阳土家族苗族自治县",
    "500242101": "桃花源街道",
    "500242102": "钟多街道",
    "500242103": "龙潭镇",
    "500242104": "麻旺镇",
    "500242105": "酉酬镇",
    "500242106": "大溪镇",
    "500242107": "兴隆镇",
    "500242108": "黑水镇",
    "500242201": "楠木乡",
    "500242101001": "中心社区居民委员会",
    "500242103201": "兴隆村村民委员会",
    "500242103202": "五育村村民委员会",
    "500242104201": "青龙村村民委员会",
    "500242105201": "江西村村民委员会",
    "500242105202": "大泉村村民委员会",
    "500242106201": "大河村村民委员会",
    "500242107201": "兴隆村村民委员会",
    "500242108201": "大泉村村民委员会",
}
SCHOOLS = {
    "酉阳县实验小学": "500242101",
    "酉阳第二中学": "500242102",
    "龙潭中学": "500242103",
    "麻旺镇中心小学": "500242104",
}


def places() -> None:
    """The county with its townships, villages and schools, the catalogue, and the plan."""
    plan()
    for code, name in PLACES.items():
        AreaFactory(code=code)
        Area.objects.filter(pk=code).update(name=name)
    for name, area in SCHOOLS.items():
        if not Organisation.objects.filter(name=name).exists():
            OrganisationFactory(
                name=name, kind=Organisation.Kind.SCHOOL, area=AreaFactory(code=area)
            )
    system = system_user()
    if not Disease.objects.exists():
        rows("diseases", lambda: load_diseases(by=system, at=NOON))
    if not Symptom.objects.exists():
        rows("symptoms", lambda: load_symptoms(by=system, at=NOON))

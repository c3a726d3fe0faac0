"""Which rows of peace and emergency are reached without asking who reads them, and why."""

STATE = "which places are in emergency, which everybody in them must know"
CHECKED = "read for the list of a switch, for those who may begin it; nobody is named"
OF_A_PLACE = "of one place that the reader sees"
GROUND, RESPOND = "ground/standards/queries/modes.py: ", "respond/incidents/queries/modes.py: "
MODE_SIGHT = {
    GROUND + "EmergencySpell.objects.at": STATE,
    GROUND + "EmergencySpell.objects.of_areas": STATE,
    "ground/standards/queries/promises.py: EmergencySpell.objects.of_areas": STATE,
    RESPOND + "Area.objects.filter": "the reader's own area, what lies in it, what it lies in",
    RESPOND + "DutyShift.objects.at": "how many are on duty, without names",
    RESPOND + "EmergencySpell.objects.at": STATE,
    RESPOND + "EmergencySpell.objects.select_related": OF_A_PLACE,
    RESPOND + "Incident.objects.open": CHECKED,
    RESPOND + "Organisation.objects.open": CHECKED,
    RESPOND + "Profile.objects.exclude": "the marks of the plans, which are the same for everybody",
    RESPOND + "Response.objects.active": CHECKED,
    RESPOND + "Switch.objects.open": OF_A_PLACE,
    RESPOND + "SwitchStep.objects.select_related": "of switches fetched through visible_to",
}

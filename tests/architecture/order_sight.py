"""Rows of orders and of joint prevention that a screen reaches without `visible_to`, and why."""

AMONG_SEEN = "among orders that were fetched through visible_to"
PROOF = "proof of whether those who answer an order were reached; for an action, nothing is shown"
ORDERS_SEEN = {
    "respond/incidents/forms/incidents.py: Disease.objects.order_by": "the catalogue of diseases is "
    "one for all",
    "console/queries/field_layers.py: Grading.objects.filter": "of incidents that were fetched "
    "through visible_to",
    "console/queries/field_layers.py: Area.objects.only": "places of areas for rows that were "
    "fetched through visible_to",
    "respond/incidents/queries/field.py: Checkpoint.objects.filter": "whether a name is taken, for "
    "an action",
    "respond/incidents/queries/field.py: FreeCount.objects.filter": "the last that was told of a "
    "thing fetched through visible_to, or for an action",
    "respond/incidents/queries/field.py: FreeCount.objects.visible_in_area": "what departments "
    "share is for everybody of the county: visible_to, carried up to the county",
    "respond/incidents/queries/field.py: Requisition.objects.filter": "of facilities that were "
    "fetched through visible_to",
    "respond/incidents/queries/field.py: RiskArea.objects.filter": "whether an area has a level, "
    "for an action",
    "respond/incidents/queries/handovers.py: Alert.objects.filter": "of the area that is handed over",
    "respond/incidents/queries/handovers.py: Deadline.objects.overdue": "likewise; only counted",
    "respond/incidents/queries/handovers.py: Deadline.objects.open": "clocks of who hands over, for an action",
    "respond/incidents/queries/handovers.py: Incident.objects.open": "of the area that is handed over",
    "respond/incidents/queries/handovers.py: Order.objects.open": "likewise; only counted",
    "respond/incidents/queries/joint.py: Inspection.objects.filter": AMONG_SEEN,
    "respond/incidents/queries/joint.py: Requisition.objects.filter": AMONG_SEEN,
    "respond/incidents/queries/joint.py: SharedResource.objects.offered": "whether a name is taken, "
    "for an action",
    "respond/incidents/queries/joint.py: SharedResource.objects.visible_in_area": "what departments "
    "share is for everybody of the county: visible_to, carried up to the county",
    "respond/incidents/queries/joint.py: User.objects.people": "whom a circular is told, for an action",
    "respond/incidents/queries/neighbours.py: Area.objects.in_bulk": "names of the counties whose "
    "health commission or CDC may be told",
    "respond/incidents/queries/neighbours.py: Organisation.objects.open": "who answers for another "
    "county is told by name; nothing else of it is shown",
    "respond/incidents/queries/neighbours.py: User.objects.people": "whether anybody of a receiver "
    "signs in; nobody is named",
    "respond/incidents/queries/orders.py: Deadline.objects.warning": "which orders the worker is to "
    "remind of",
    "respond/incidents/queries/orders.py: Delivery.objects.filter": PROOF,
    "respond/incidents/queries/orders.py: IncidentGroup.objects.filter": AMONG_SEEN,
    "respond/incidents/queries/orders.py: Organisation.objects.filter": AMONG_SEEN,
    "respond/incidents/queries/orders.py: User.objects.filter": AMONG_SEEN,
    "respond/incidents/queries/orders.py: Notice.objects.filter": "which reminders were sent before",
    "respond/incidents/queries/orders.py: Order.objects.select_related": "which orders the worker is "
    "to remind of",
    "respond/incidents/views/joint.py: Requisition.objects.filter": AMONG_SEEN,
    "respond/incidents/views/proofs.py: CircularProof.objects.filter": "among receivers that were "
    "fetched through visible_to",
    "respond/incidents/views/proofs.py: Requisition.objects.filter": AMONG_SEEN,
    "respond/incidents/views/orders.py: OrderFile.objects.filter": AMONG_SEEN,
}

"""The JSON interface: every app's `api.py` under its own word; refusals become 409."""

import importlib

from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import module_has_submodule
from ninja import NinjaAPI
from ninja.security import django_auth

from pingji.ground import Refused

# Word in the address, and the app that answers; an app without an api.py has no endpoints yet.
ROUTERS = {
    "directory": "pingji.ground.directory",
    "standards": "pingji.ground.standards",
    "record": "pingji.ground.record",
    "surveillance": "pingji.monitor.surveillance",
    "alerts": "pingji.warn.alerts",
    "incidents": "pingji.respond.incidents",
    "scorecard": "pingji.evaluate.scorecard",
}

api = NinjaAPI(
    title="Pingji 平急",
    version="1",
    auth=django_auth,
    docs_url=None,
    description="The platform's own interface; the same actions and rules as its pages.",
)
for word, name in ROUTERS.items():
    if module_has_submodule(importlib.import_module(name), "api"):
        api.add_router(f"/{word}/", importlib.import_module(f"{name}.api").router, tags=[word])


@api.exception_handler(Refused)
def refused(request: HttpRequest, problem: Refused) -> HttpResponse:
    """The rules refuse: 409 with the reason."""
    return api.create_response(
        request, {"reason": str(problem), "field": problem.field}, status=409
    )

"""The JSON interface: every app's `api.py` under its own word; refusals become 409."""

import importlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import module_has_submodule
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.security import django_auth

from pingji.ground import Refused

# Word in the address, and the app that answers; an app without an api.py has no endpoints yet.
ROUTERS = {
    "directory": "pingji.ground.directory",
    "standards": "pingji.ground.standards",
    "record": "pingji.ground.record",
    "surveillance": "pingji.monitor.surveillance",
    "opinion": "pingji.monitor.opinion",
    "alerts": "pingji.warn.alerts",
    "incidents": "pingji.respond.incidents",
    "scorecard": "pingji.evaluate.scorecard",
}


class Interface(NinjaAPI):
    """The interface. Its description takes a third of a second, and anybody may ask for it."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.described: dict[str, OpenAPISchema] = {}

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """What the interface offers, worked out once for each beginning of its addresses."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self.described:
            self.described[prefix] = super().get_openapi_schema(path_prefix=prefix)
        return self.described[prefix]


api = Interface(
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

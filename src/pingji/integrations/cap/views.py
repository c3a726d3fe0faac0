"""Messages for systems that sign what they ask: a feed in Atom, and each message as issued."""

import hmac
from datetime import timedelta
from xml.etree import ElementTree as ET

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from pingji.ground.notices.models import Subscriber
from pingji.ground.notices.queries import bulletins_for, subscriber_with
from pingji.integrations.posting import sign

ATOM = "http://www.w3.org/2005/Atom"
MOST = 100  # messages of one feed
CLOCKS_DIFFER = timedelta(minutes=5)  # a signed question older or newer than this is none


@require_GET
def feed(request: HttpRequest, subscriber_id: int) -> HttpResponse:
    """The latest messages of the area that a system is told of."""
    system = _signed_by(request, subscriber_id)
    if system is None:
        return _unsigned()
    rows = list(bulletins_for(system)[:MOST])
    root = ET.Element("feed", xmlns=ATOM)
    _say(root, "id", request.build_absolute_uri(request.path))
    _say(root, "title", f"CAP 1.2 {system.area.label}")
    changed = rows[0].issued_at if rows else system.added_at
    _say(root, "updated", timezone.localtime(changed).isoformat(timespec="seconds"))
    _say(ET.SubElement(root, "author"), "name", "Pingji")
    for row in rows:
        entry = ET.SubElement(root, "entry")
        where = reverse("cap:message", args=[system.pk, row.identifier])
        _say(entry, "id", request.build_absolute_uri(where))
        _say(entry, "title", row.title)
        _say(entry, "updated", timezone.localtime(row.issued_at).isoformat(timespec="seconds"))
        ET.SubElement(
            entry, "link", href=request.build_absolute_uri(where), type="application/cap+xml"
        )
    return _xml(ET.tostring(root, encoding="unicode"), "application/atom+xml")


@require_GET
def message(request: HttpRequest, subscriber_id: int, identifier: str) -> HttpResponse:
    """One message as it was issued."""
    system = _signed_by(request, subscriber_id)
    if system is None:
        return _unsigned()
    found = get_object_or_404(bulletins_for(system), identifier=identifier)
    return _xml(found.content, "application/cap+xml")


def _signed_by(request: HttpRequest, subscriber_id: int) -> Subscriber | None:
    """The system, if it has signed this very question just now with its secret."""
    stamp = request.headers.get("X-Pingji-Timestamp", "")
    given = request.headers.get("X-Pingji-Signature", "")
    system = subscriber_with(subscriber_id)
    if system is None or not (stamp.isascii() and stamp.isdecimal()):
        return None
    away = abs(timezone.now().timestamp() - int(stamp[:12]))
    said = sign(system.secret, stamp, request.method or "", request.get_full_path())
    fits = hmac.compare_digest(said.encode(), given.encode("utf-8", "replace"))
    return system if fits and away <= CLOCKS_DIFFER.total_seconds() else None


def _unsigned() -> HttpResponse:
    response = HttpResponse("Sign the question; see the manual.\n", status=401)
    response["Content-Type"] = "text/plain; charset=utf-8"
    response["WWW-Authenticate"] = 'Pingji-HMAC-SHA256 realm="Pingji"'
    return response


def _say(element: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(element, tag).text = text


def _xml(text: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response

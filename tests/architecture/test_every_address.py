"""Every address, asked by every kind of person: nobody sees or changes what is not theirs.

A new address is walked by itself. It fails here until it is known how to fill its arguments
(`county.py`) and, if it changes something, what is sent to it and which right it takes (`posts.py`).
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.template import Template
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.urls.exceptions import Resolver404

from pingji.ground.directory.models import ROLE_PERMISSIONS, Role
from tests.architecture.county import COUNTY, MARK, MARKED_COUNT, OWN_MARK, Person, build
from tests.architecture.posts import POSTS, Post

pytestmark = pytest.mark.django_db
# Whom the signed-out may ask, each with its reason.
PUBLIC = {
    "directory:sign_in": "the way in",
    "directory:sign_out": "the way out, for whoever is already out",
    "console:language": "the sign-in page is read in either language",
    "console:theme": "likewise, light or dark",
    "public:list": "bulletins that were released to the public, and nothing else",
    "public:one": "likewise",
    "fhir:metadata": "what the endpoint can do, the same for everybody; no rows",
    "api-1:openapi-json": "what the interface offers, the same for everybody; no rows",
}
# What was released names its place to everybody; the home county's places bear its mark.
RELEASED = {"public:list", "public:one"}
# An installation for work has no exercise to direct; evaluate/exercises/tests/test_control.py asks
# these of every role where there is one.
OF_AN_EXERCISE = ("checkpoint", "curve", "finish", "mark", "pause", "resume", "rewind", "role")
NOT_WALKED = {
    **{
        f"exercises:{name}": "asked in test_control.py"
        for name in (*OF_AN_EXERCISE, "speed", "step", "tour")
    },
    "cap:feed": "systems sign what they ask; integrations/cap/tests/test_feed.py asks it",
    "cap:message": "likewise",
    "console:join_wall": "a screen gives its code, once; directory/tests/test_screens.py does it",
    "events": "the live stream never ends; config/tests/test_live.py asks it",
    "api-1:api-root": "only the beginning of the interface's other addresses",
}
# For systems that bear a token. Nobody's sign-in opens them: they are asked apart.
BY_TOKEN = {
    "api-1:visits": {"visits": []},
    "api-1:results": {"results": []},
    "api-1:cards": {"cards": []},
    "api-1:sentinel_reports": {"sentinel_reports": []},
    "api-1:message": None,
    "api-1:posts": {"posts": []},
    "fhir:base": {"resourceType": "Bundle"},
    "fhir:bundle": {"resourceType": "Bundle"},
    "fhir:resource": {"resourceType": "Encounter"},
}
# Reading that leaves something behind, each with its reason.
LEAVES = {
    "incidents:timeline_file": "every list that is taken away is on record",
    "notices:inbox": "showing a notice to its reader is its delivery, and is on record",
    "notices:notice": "likewise",
    "incidents:minutes": "every document that is taken away is on record",
    "incidents:report_file": "likewise",
    "incidents:circular_letter": "likewise",
    "incidents:requisition_paper": "likewise",
    "alerts:analysis_pdf": "every document that is taken away is on record",
    "alerts:analysis_word": "likewise",
    "api-1:analysis_file": "likewise",
    "alerts:detail": "the first look of somebody who may decide is the alert's being seen",
    "directory:resident": "every look at a person is on record",
    "directory:edit_resident": "likewise",
    "surveillance:card": "likewise, at a patient",
    "surveillance:edit_card": "likewise",
    "surveillance:export_file": "every list that is taken away is on record",
    "surveillance:message": "every look at a message as received is on record",
    "surveillance:pair": "likewise",
    "surveillance:print_card": "likewise",
}
# Objects of one organisation: another organisation's people do not see them.
OF_AN_ORGANISATION = {
    "card_id",
    "circular_id",
    "receiver_id",
    "proof_id",
    "order_file_id",
    "order_id",
    "import_id",
    "deadline_id",
    "staff_id",
    "sentinel_id",
    "report_file_id",
    "mapping_id",
    "search_id",
    "export_id",
    "message_id",
    "sender_id",
    "notice_id",
    "delivery_id",
}
# Plans are public documents; people of every county compare them. The catalogue is one for all.
EVERYBODYS = {
    "incidents:plan",
    "incidents:change_plan",
    "surveillance:change_row",
    "surveillance:disease",
    "surveillance:edit_disease",
    "surveillance:edit_rule",
    "surveillance:edit_symptom",
    "surveillance:edit_words",
    "surveillance:end_disease",
    "surveillance:end_row",
    "surveillance:add_sentinel_item",
    "surveillance:edit_sentinel_item",
    "surveillance:edit_sentinel_kind",
    "surveillance:sentinel_kind",
    "surveillance:sentinel_table",
    "public:one",
    "standards:one",
    "standards:figure",
    "standards:export",
    "api-1:profile",
}
REFUSED = {401, 403, 404, 405, 409}
PROBES = (
    {},
    {"q": "专有", "area": "专有", "organisation": "专有"},
    {
        "area": COUNTY,
        "under": COUNTY,
        "county": COUNTY,
        "code": COUNTY,
        "disease": "influenza",
        "channel": "syndrome",
        "period": "day",
        "state": "all",
        "by": "home-duty_officer",
        "subject": "专有",
        "on": "2026-01-01",
        "since": "2020-01-01",
        "until": "2030-01-01",
        "facilities": "1",
        "days": "28",
        "page": "1",
        "limit": "100",
    },
)


# Thousands of pages are asked. How a password is hashed and where a session lies is asked elsewhere.
CHEAP = {
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver."""

    name: str
    pattern: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return self.name or self.pattern


def addresses() -> Iterator[Address]:
    yield from walk(get_resolver().url_patterns, "", "")


def walk(patterns, space, before) -> Iterator[Address]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(part for part in (space, pattern.namespace) if part)
            yield from walk(pattern.url_patterns, inner, route)
        elif isinstance(pattern, URLPattern):
            name = ":".join(part for part in (space, pattern.name) if part)
            yield Address(name, route, tuple(pattern.pattern.converters))


WALKED = (a for a in addresses() if a.name not in NOT_WALKED and a.name not in BY_TOKEN)
ALL = sorted(set(WALKED), key=lambda a: a.pattern)
WITH_ARGUMENTS = [a for a in ALL if a.arguments]
WITHOUT = [a for a in ALL if not a.arguments]
each = pytest.mark.parametrize("address", ALL, ids=str)


@pytest.fixture(scope="module")
def county(django_db_setup, django_db_blocker, tmp_path_factory):
    """One county for all addresses, in one transaction that is undone at the end."""
    media = str(tmp_path_factory.mktemp("files"))
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media, **CHEAP), plainly():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            yield build()
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@contextmanager
def plainly() -> Iterator[None]:
    """Pages are drawn as for a reader, without the copies of every context that tests may ask for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", lambda page, context: page.nodelist.render(context))
        yield


def covering(people):
    """The fewest of these people who together hold every right that any of them holds."""
    rights = {person: ROLE_PERMISSIONS[Role(person.user.role)] for person in people}
    chosen, missing = [], set().union(*rights.values())
    while missing:
        best = max(people, key=lambda person: len(rights[person] & missing))
        chosen.append(best)
        missing -= rights[best]
    return chosen


# In all tables but sign-in's own, since the transaction began.
ROWS_WRITTEN = """
    select sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
               + pg_stat_get_xact_tuples_deleted(oid))::int
    from pg_class where relkind in ('r', 'm', 'p') and relname !~ '^axes_'
    and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
"""


@contextmanager
def undone() -> Iterator[Callable[[], int]]:
    """Whatever happens inside leaves no trace; it gives what says how many rows it wrote.

    The savepoint is let go, too: thousands of them, each inside the one before, would make every
    row of the county slow to read.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"savepoint asked; {ROWS_WRITTEN}")
        cursor.nextset()
        (before,) = cursor.fetchone()

        def written() -> int:
            cursor.execute(ROWS_WRITTEN)
            return cursor.fetchone()[0] - before

        try:
            yield written
        finally:
            cursor.execute("rollback to savepoint asked; release savepoint asked")


def place(address, county):
    """Where an address is found for the county's objects."""
    instead = POSTS[address.name].instead if address.name in POSTS else ()
    missing = [name for name in address.arguments if name not in county.made]
    assert not missing, f"tell county.py how to make {missing} for {address.pattern}"
    arguments = county.arguments(list(address.arguments))
    for name, other in instead:
        arguments[name] = county.made.get(other, other)
    return reverse(address.name, kwargs=arguments)


def ask(person, where, method="get", body=None, **sent):
    """The answer, whole, and how many rows it wrote; nothing stays."""
    cookies = person.client.cookies.copy()
    with undone() as written:
        response = getattr(person.client, method)(where, body or {}, **sent)
        text = b"".join(response.streaming_content) if response.streaming else response.content
        person.client.cookies = cookies  # signing out or another language is for once
        return response, text.decode("utf-8", "replace"), written()


def refused(response, text):
    """Whether the answer is a refusal: by its status, or said in place in the form."""
    said = re.search(r'class="[^"]*\berror', text)
    return response.status_code in REFUSED or (response.status_code == 200 and said is not None)


def signs_in(response):
    return response.status_code == 302 and "/sign-in/" in response["Location"]


def test_the_walk_finds_the_addresses():
    assert len(ALL) > 60
    assert {"alerts:decide", "console:home", "surveillance:answers"} <= {a.name for a in ALL}
    assert set(POSTS) <= {a.name for a in ALL}
    assert set(BY_TOKEN) <= {a.name for a in addresses()}


@each
def test_every_role_is_answered(address, county):
    """Every role at home: a page, or a refusal with its reason; never a fault, never a change.

    Every form on the page posts to an address whose right is known.
    """
    where = place(address, county)
    answers = {}
    for person in county.home:
        response, text, written = ask(person, where)
        answers[str(person)] = response.status_code
        assert response.status_code < 500, person
        if address.name not in LEAVES:
            assert written == 0, f"{person}: reading changed something"
        if response.status_code == 405:
            assert address.name in POSTS, "tell posts.py what is sent here"
        for target in forms_on(text, where):
            assert name_of(target) in POSTS, f"{target} on {where}: tell posts.py"
    read = any(status < 400 for status in answers.values())
    assert read or set(answers.values()) == {405}, answers


@each
def test_the_signed_out_are_asked_to_sign_in(address, county):
    where = place(address, county)
    post = POSTS.get(address.name, Post(body=lambda county: {}))
    for method, body, sent in (("get", None, {}), ("post", post.body(county), post.sent)):
        response, text, written = ask(county.nobody, where, method, body, **sent)
        assert written == 0
        assert MARK not in text or address.name in RELEASED
        if address.name not in PUBLIC:
            assert signs_in(response) or response.status_code in (401, 403, 405), method


@pytest.mark.parametrize("address", WITH_ARGUMENTS, ids=str)
def test_people_next_door_are_told_there_is_nothing(address, county):
    where = place(address, county)
    for person in covering(county.next_door):
        response, text, written = ask(person, where)
        assert written == 0, person
        assert MARK not in text or address.name in RELEASED, person
        if address.name not in EVERYBODYS:
            assert response.status_code in REFUSED, person


@pytest.mark.parametrize("address", WITHOUT, ids=str)
def test_no_list_shows_people_next_door_anything_of_the_county(address, county):
    where = reverse(address.name)
    for person in covering(county.next_door):
        for probe in PROBES:
            response, text, _written = ask(person, where, "get", probe)
            assert response.status_code < 500
            assert MARK not in text or address.name in RELEASED, (person, probe)
            assert OWN_MARK not in text, (person, probe)
            for figure in (str(MARKED_COUNT), f"{MARKED_COUNT:,}"):
                assert figure not in text, (person, probe)


@each
def test_people_of_another_organisation_see_nothing_of_this_one(address, county):
    where = place(address, county)
    theirs = OF_AN_ORGANISATION & set(address.arguments)
    for person in covering(county.other_organisation):
        for probe in PROBES if not address.arguments else PROBES[:1]:
            response, text, _written = ask(person, where, "get", probe)
            assert response.status_code < 500
            assert OWN_MARK not in text, (person, probe)
            if theirs:
                assert response.status_code in REFUSED, person


@pytest.mark.parametrize("name", POSTS)
def test_a_change_takes_its_right(name, county):
    """Who holds the right can do it; who does not is refused, and nothing changes."""
    post = POSTS[name]
    address = next(a for a in ALL if a.name == name)
    where = place(address, county)
    done = []
    for person in county.home:
        response, text, written = ask(person, where, "post", post.body(county), **post.sent)
        assert response.status_code < 500, person
        if not post.allows(person.user):
            assert written == 0, person
            assert refused(response, text), (person, response.status_code)
        elif response.status_code < 400:
            done.append(str(person))
    assert done, f"nobody could: {text[-3000:]}"


@pytest.mark.parametrize("name", [n for n, post in POSTS.items() if not post.about_oneself])
def test_nobody_next_door_changes_anything_of_the_county(name, county):
    post = POSTS[name]
    address = next(a for a in ALL if a.name == name)
    where = place(address, county)
    for person in county.next_door:
        response, text, written = ask(person, where, "post", post.body(county), **post.sent)
        assert written == 0, person
        assert MARK not in text, person
        if address.arguments:
            assert response.status_code in REFUSED | ({200} if name in EVERYBODYS else set()), (
                person
            )


@pytest.mark.parametrize(
    "name", [a.name for a in ALL if OF_AN_ORGANISATION & set(a.arguments) and a.name in POSTS]
)
def test_nobody_of_another_organisation_changes_anything_of_this_one(name, county):
    post = POSTS[name]
    where = place(next(a for a in ALL if a.name == name), county)
    for person in county.other_organisation:
        response, _text, written = ask(person, where, "post", post.body(county), **post.sent)
        assert written == 0, person
        assert response.status_code in REFUSED, person


@pytest.mark.parametrize("name", POSTS)
def test_a_form_from_elsewhere_is_not_taken(name, county):
    """Without the token of one of our own pages nothing is changed."""
    post = POSTS[name]
    where = place(next(a for a in ALL if a.name == name), county)
    for person in county.home[:1]:
        elsewhere = Person("elsewhere", person.user, Client(enforce_csrf_checks=True))
        response, _text, written = ask(elsewhere, where, "post", post.body(county), **post.sent)
        assert written == 0
        assert response.status_code == 403


@each
def test_whatever_is_sent_to_a_page_for_reading_changes_nothing(address, county):
    if address.name in POSTS:
        return
    where = place(address, county)
    for person in covering(county.home):
        for method in ("post", "delete"):
            response, _text, written = ask(person, where, method)
            assert response.status_code < 500, (person, method)
            if address.name not in LEAVES:
                assert written == 0, (person, method)


@pytest.mark.parametrize("name", BY_TOKEN)
def test_a_sign_in_is_no_token(name, county):
    """Where systems send and ask, nobody is let in by a cookie, nor by a token that is none."""
    address = next(a for a in addresses() if a.name == name)
    known = county.made | {"kind": "Encounter"}
    where = reverse(name, kwargs={key: known[key] for key in address.arguments})
    body = BY_TOKEN[name]
    method, sent = ("get", {}) if body is None else ("post", {"content_type": "application/json"})
    for person in (*county.home, *county.next_door, county.nobody):
        for token in ({}, {"HTTP_AUTHORIZATION": f"Bearer {'x' * 40}"}):
            response, text, written = ask(person, where, method, body, **sent, **token)
            assert response.status_code == 401, person
            assert "Bearer" in response["WWW-Authenticate"], person
            assert written == 0, person
            assert MARK not in text, person
            assert OWN_MARK not in text, person


def test_a_system_sees_its_own_organisations_messages_alone(county):
    where = reverse("api-1:message", kwargs={"message_id": county.made["message_id"]})
    for token, status in (("token", 200), ("another_token", 404), ("foreign_token", 404)):
        sent = {"HTTP_AUTHORIZATION": f"Bearer {county.made[token]}"}
        response, text, _written = ask(county.nobody, where, **sent)
        assert response.status_code == status, token
        assert (OWN_MARK in text) == (status == 200), token


def forms_on(text, where):
    """Where the forms and buttons of a page post to."""
    found = {posts_to(tag, where) for tag in re.findall(r"<[a-z]+\b[^>]*>", text)}
    return found - {None}


def posts_to(tag, where):
    """The address a tag posts to; None if it posts nothing."""
    sent = re.search(r'\bhx-(?:post|put|patch|delete)="([^"]*)"', tag)
    if sent:
        return urljoin(where, sent[1])
    if not re.match(r"<(form|button|input)\b", tag):
        return None
    if re.search(r'\bmethod="post"', tag, re.IGNORECASE):
        action = re.search(r'\baction="([^"]*)"', tag)
        return urljoin(where, action[1] if action else "")
    action = re.search(r'\bformaction="([^"]*)"', tag)
    return urljoin(where, action[1]) if action else None


def name_of(target):
    try:
        found = resolve(target.partition("?")[0].partition("#")[0])
    except Resolver404:
        return None
    return found.view_name


def test_the_live_stream_is_for_who_signed_in(county):
    assert settings.LOGIN_URL == "directory:sign_in"
    assert any(p.name == "events" for p in get_resolver().url_patterns if isinstance(p, URLPattern))

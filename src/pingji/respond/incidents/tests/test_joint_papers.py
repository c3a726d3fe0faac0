"""Circulars across borders and on paper; notices of requisition."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document as read_word
from pypdf import PdfReader

from pingji.ground import Refused
from pingji.ground.directory.models import Area, Role
from pingji.ground.directory.tests.factories import AreaFactory, OrganisationFactory, UserFactory
from pingji.ground.record.models import Line
from pingji.monitor.surveillance.tests.factories import COUNTY, OTHER_TOWN, TOWN, county
from pingji.respond.incidents import actions
from pingji.respond.incidents.models import Circular
from pingji.respond.incidents.queries.joint_papers import requisition_paper
from pingji.respond.incidents.tests.factories import commander, opened, person_of
from pingji.respond.incidents.tests.test_joint import LATER, NEIGHBOUR, department, taken, told

pytestmark = pytest.mark.django_db
RECEIPT = b"\xff\xd8\xff a stamped receipt"


def neighbour(kind: str = "cdc", **given):
    if not Area.objects.filter(pk=NEIGHBOUR).exists():
        AreaFactory(code=NEIGHBOUR, name="彭水县")
    area = Area.objects.get(pk=NEIGHBOUR)
    return OrganisationFactory(kind=kind, area=area, name="彭水县疾控中心", **given)


def photo(content: bytes = RECEIPT, name: str = "回执.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_county_on_this_installation_is_chosen_receives_and_replies_on_its_page(client):
    by = commander()
    incident, cdc = opened(by=by), neighbour()
    school = neighbour(kind="school", code="school")
    client.force_login(by)
    page = client.get(reverse("incidents:joint", args=[incident.pk])).content.decode()
    assert f'value="{cdc.pk}"' in page
    assert f'value="{school.pk}"' not in page  # not who answers for a county

    sent = client.post(
        reverse("incidents:issue_circular", args=[incident.pk]),
        {"title": "通报", "text": "请协查", "organisations": [cdc.pk], "wants_reply": "on"},
    )
    circular = Circular.objects.get()
    assert sent.url == circular.get_absolute_url()

    officer = UserFactory(role=Role.DUTY_OFFICER, organisation=cdc, area=cdc.area)
    client.force_login(officer)
    receiver = circular.receivers.get()
    page = client.get(circular.get_absolute_url()).content.decode()
    assert "确认签收" in page
    assert reverse("incidents:detail", args=[incident.pk]) not in page  # it is not theirs to open
    client.post(reverse("incidents:receive_circular", args=[receiver.pk]))
    client.post(
        reverse("incidents:reply_to_circular", args=[receiver.pk]),
        {"reply": "已排查 3 人", "file": photo()},
    )
    receiver.refresh_from_db()
    assert (receiver.received_by, receiver.reply) == (officer, "已排查 3 人")
    assert receiver.proofs.get().step == "replied"


def test_a_township_receives_what_its_county_tells_it(client):
    county()
    town = OrganisationFactory(kind="township_government", area=Area.objects.get(pk=TOWN))
    by = commander()
    incident = opened(by=by, area=Area.objects.get(pk=COUNTY))
    receiver = told(town, by=by, incident=incident).receivers.get()
    client.force_login(person_of(town))

    assert "确认签收" in client.get(receiver.get_absolute_url()).content.decode()
    client.post(reverse("incidents:receive_circular", args=[receiver.pk]))

    receiver.refresh_from_db()
    assert receiver.received_at is not None


def test_a_long_first_reply_is_kept_whole():
    police = department()
    receiver = told(police).receivers.get()
    words = "已排查" * 400

    receiver = actions.reply_to_circular(
        receiver=receiver, reply=words, by=person_of(police), at=LATER
    )

    assert receiver.reply == words
    assert receiver.received_how == ""


def test_a_letter_is_proved_by_its_receipt_and_a_call_by_its_words(client):
    by = commander()
    receiver = told(by=by, outside=[("万州区疾控中心", "023-12345")]).receivers.get()
    client.force_login(by)
    page = client.get(receiver.get_absolute_url()).content.decode()
    assert "未使用本系统" in page

    with pytest.raises(Refused) as refused:
        actions.prove_circular(
            receiver=receiver, means="letter", said="收发室王姐", by=by, at=LATER
        )
    assert refused.value.field == "file"
    address = reverse("incidents:prove_circular", args=[receiver.pk])
    client.post(address, {"means": "letter", "said": "收发室王姐 9:10", "file": photo()})
    client.post(address, {"means": "telephone", "said": "李科长 9:20"})

    letter, call = receiver.proofs.all()
    assert (letter.step, letter.media_type, call.sha256) == ("sent", "image/jpeg", "")
    file = client.get(reverse("incidents:proof_file", args=[letter.pk]))
    assert b"".join(file.streaming_content) == RECEIPT
    assert client.get(reverse("incidents:proof_file", args=[call.pk])).status_code == 404
    client.force_login(person_of(department("县交通局")))
    assert client.get(reverse("incidents:proof_file", args=[letter.pk])).status_code == 404


def test_only_whoever_sent_a_circular_proves_it_and_no_program_is_kept_as_proof():
    by, police = commander(), department()
    receiver = told(police, by=by).receivers.get()
    with pytest.raises(Refused):
        actions.prove_circular(
            receiver=receiver, means="telephone", said="x", by=person_of(police), at=LATER
        )
    with pytest.raises(Refused) as refused:
        actions.prove_circular(
            receiver=receiver, means="mail", said="x", file=photo(b"MZ"), by=by, at=LATER
        )
    assert refused.value.field == "files"
    with pytest.raises(Refused) as refused:
        actions.prove_circular(receiver=receiver, means="telephone", said=" ", by=by, at=LATER)
    assert refused.value.field == "said"
    assert not receiver.proofs.exists()


def test_the_receipt_of_a_letter_comes_back_on_paper():
    by = commander()
    receiver = told(by=by, outside=[("万州区疾控中心", "")]).receivers.get()
    with pytest.raises(Refused) as refused:
        actions.receive_circular(receiver=receiver, how="收发室", means="letter", by=by, at=LATER)
    assert refused.value.field == "file"

    receiver = actions.receive_circular(
        receiver=receiver, how="收发室", means="letter", file=photo(), by=by, at=LATER
    )

    assert receiver.proofs.get().step == "received"


@pytest.mark.parametrize(("form", "begins"), [("docx", b"PK"), ("pdf", b"%PDF")])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_circular_is_a_letter_and_a_requisition_a_notice_on_paper(client, form, begins, language):
    by = commander()
    receiver = told(by=by, outside=[("万州区疾控中心", "")]).receivers.get()
    made = taken(by=by)
    client.force_login(by)

    letter = client.get(reverse("incidents:circular_letter", args=[receiver.pk, language, form]))
    notice = client.get(
        reverse("incidents:requisition_paper", args=[made.order_id, language, form])
    )

    assert letter.content.startswith(begins)
    assert notice.content.startswith(begins)
    assert Line.objects.filter(kind__in=["circular.fetched", "requisition.fetched"]).count() == 2


def test_a_facility_is_given_back_by_the_command_of_its_area():
    made = taken(by=commander())
    elsewhere = commander(area=Area.objects.get(pk=OTHER_TOWN))

    with pytest.raises(Refused, match="不在"):
        actions.release(requisition=made, condition="完好", by=elsewhere, at=LATER)


def test_the_notice_of_requisition_says_what_for_whom_till_when_and_on_what_basis():
    by = commander()
    made = actions.release(requisition=taken(by=by), condition="完好", by=by, at=LATER)

    paper = requisition_paper(made)

    words = str(paper)
    for said in ("体育馆", "隔离", "2025", "完好", "突发事件应对法"):
        assert said in words
    assert paper.mark == "已撤回"


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_the_only_table_under_a_heading_has_no_empty_caption(client, form):
    by = commander()
    client.force_login(by)
    receiver = told(department(), by=by).receivers.get()

    letter = client.get(
        reverse("incidents:circular_letter", args=[receiver.pk, "zh-hans", form])
    ).content

    if form == "docx":
        text = [line.text for line in read_word(io.BytesIO(letter)).paragraphs]
    else:
        text = PdfReader(io.BytesIO(letter)).pages[0].extract_text().splitlines()
    assert any("签收回执" in line for line in text)
    assert not [line for line in text if line.strip().startswith("表")]

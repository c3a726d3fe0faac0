"""What is said of a message that was not taken, and of notices to those they do not speak to."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from pingji.ground.directory.models import Role
from pingji.ground.directory.tests.factories import UserFactory
from pingji.ground.notices import actions
from pingji.ground.notices.models import Answer, Delivery, Outcome
from pingji.ground.notices.models.notice import KINDS, KINDS_TO_OTHERS
from pingji.ground.notices.models.troubles import in_words
from pingji.ground.notices.tests.factories import NOON, subscriber, told

TO = "https://203.0.113.9:8443/notices"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("ConnectionRefusedError: [Errno 111] Connection refused", "拒绝连接"),
        ("TimeoutError: timed out", "未在规定时间内应答"),
        ("no such host: 203.0.113.9", "找不到主机"),
        ("RemoteDisconnected: Remote end closed connection", "中断了连接"),
        ("SSLCertVerificationError: certificate verify failed", "证书未通过校验"),
        ("OSError: [Errno 113] No route to host", "无法连通"),
        ("203.0.113.9 leads to 10.0.0.9, which is not allowed", "PINGJI_NOTICE_NETWORKS"),
        ("302 Found", "转到另一地址"),
        ("401 Unauthorized", "核对凭证和密钥"),
        ("404 Not Found", "核对地址中的路径"),
        ("503 busy", "繁忙或自身有故障"),
        ("422 no such field", "未接收该消息"),
    ],
)
def test_each_trouble_is_said_with_where_and_what_to_do(answer, said):
    words = in_words(answer, TO)
    assert "203.0.113.9:8443" in words
    assert said in words
    with override("en"):
        assert "203.0.113.9:8443" in in_words(answer, TO)
        assert in_words(answer, TO).count(". ") >= 1 or ";" in in_words(answer, TO)


def test_what_is_no_known_trouble_is_left_to_the_answer_itself():
    assert in_words("200 ok", TO) == ""
    assert in_words("", TO) == ""
    assert in_words("TypeError: boom", TO) == ""
    assert "短信网关" in in_words("503 busy", "")


@pytest.mark.django_db
def test_the_page_says_the_trouble_and_keeps_the_answer_as_detail(post, client):
    admin = UserFactory(role=Role.ADMINISTRATOR)
    subscriber()
    told()
    raw = "ConnectionRefusedError: [Errno 111] Connection refused"
    post.answers = [Answer(Outcome.LATER, raw)]
    actions.send_due(at=NOON)
    row = Delivery.objects.get(means="webhook")
    client.force_login(admin)

    page = client.get(reverse("notices:troubled")).content.decode()

    assert "203.0.113.9拒绝连接" in page
    assert raw in page
    row.state = Delivery.State.SENT
    assert row.said_trouble == ""


@pytest.mark.django_db
def test_a_system_is_never_told_that_something_is_its_to_do(post):
    subscriber()
    told(kind="alert_escalated")
    actions.send_due(at=NOON)
    [letter] = [one for one in post.letters if one.body]
    assert letter.body["text"]["en"].startswith("Alert not answered in time, handed to the next")
    assert "您" not in letter.body["text"]["zh"]


@pytest.mark.django_db
def test_the_page_of_the_row_says_to_anybody_what_was_told():
    notice = told(kind="alert_escalated")
    assert notice.said_kind == "预警逾期未处理，已转交下一位值班人员"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nobody_else_reads_a_notice_in_the_second_person(language):
    with override(language):
        for kind, said in (KINDS | KINDS_TO_OTHERS).items():
            words = {*str(said).lower().replace(",", " ").split()}
            assert not words & {"you", "your", "yours"}, kind
            assert "您" not in str(said), kind
            assert kind in KINDS

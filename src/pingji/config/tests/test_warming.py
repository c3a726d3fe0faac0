"""What a web process reads before anybody asks for it."""

from django.template.loader import get_template

from pingji.config.warming import read_pages


def test_every_template_is_read_and_kept():
    assert read_pages() > 100
    assert (
        get_template("alerts/detail.html").template is get_template("alerts/detail.html").template
    )

"""`pingji sender`: let a hospital's or laboratory's own system send, take its token back."""

from datetime import timedelta

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say


@click.group(
    help=say("发送方：让机构的系统发来数据。", "Senders: let an organisation's system send."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
def sender() -> None:
    """Group of the commands about senders."""


@sender.command(
    help=say(
        "新增发送方。令牌只显示这一次，请立即保存到对方系统。",
        "Add a sender. Its token is shown this once; put it into the other system now.",
    )
)
@click.argument("name")
@click.option("--organisation", required=True, help=say("机构代码", "code of the organisation"))
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["json", "fhir", "hl7v2", "posts"]),
    default=("json",),
    show_default=True,
    help=say("可发送的报文格式，可多次给出", "form of message it may send; may be repeated"),
)
@click.option(
    "--days",
    type=click.IntRange(min=1),
    help=say("令牌有效天数；不填则长期有效", "days the token holds; without it, no end"),
)
@with_django
def add(name: str, organisation: str, formats: tuple[str, ...], days: int | None) -> None:
    """Add a sender in the machine's own name; print its token alone on the last line."""
    from django.utils import timezone

    from pingji.ground.directory.models import Organisation, User
    from pingji.monitor.surveillance import actions

    works_for = Organisation.objects.filter(code=organisation).first()
    if works_for is None:
        raise click.UsageError(
            say(f"没有机构 {organisation}。", f"There is no organisation {organisation}.")
        )
    now = timezone.now()
    _added, token = actions.add_sender(
        organisation=works_for,
        name=name,
        formats=list(formats),
        by=User.objects.system(),
        at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )
    click.echo(
        say(
            f"{works_for.name} 的“{name}”现在可以发送。令牌只显示这一次：",
            f"“{name}” of {works_for.name} may send now. Its token, shown this once:",
        ),
        err=True,
    )
    click.echo(token)


@sender.command(help=say("收回令牌。", "Take a token back."))
@click.argument("name")
@click.option("--organisation", required=True, help=say("机构代码", "code of the organisation"))
@click.option("--reason", default="", help=say("原因", "why"))
@with_django
def revoke(name: str, organisation: str, reason: str) -> None:
    """Take a sender's token back in the machine's own name."""
    from django.utils import timezone

    from pingji.ground.directory.models import User
    from pingji.monitor.surveillance import actions
    from pingji.monitor.surveillance.models import Sender

    found = Sender.objects.filter(
        name=name, organisation__code=organisation, revoked_at__isnull=True
    ).first()
    if found is None:
        raise click.UsageError(
            say(
                f"机构 {organisation} 没有名为“{name}”的发送方。",
                f"Organisation {organisation} has no sender “{name}”.",
            )
        )
    actions.revoke_sender(sender=found, by=User.objects.system(), at=timezone.now(), reason=reason)
    click.echo(say(f"“{name}”的令牌已收回。", f"The token of “{name}” is taken back."))

"""`pingji user`: let somebody sign in, give somebody a new password."""

import sys

import click

from pingji.config.cli.django import with_django
from pingji.config.cli.language import say

PASSWORD_FROM_STDIN = click.option(
    "--password-stdin",
    is_flag=True,
    help=say(
        "从标准输入读取口令（供脚本使用）", "read the password from standard input (for scripts)"
    ),
)


@click.group(
    help=say("用户：新增、重设口令。", "Users: add, set a password."),
    context_settings={"help_option_names": ["-h", "--help"]},
)
def user() -> None:
    """Group of the commands about users."""


@user.command(
    help=say(
        "新增用户。属于某个机构的角色须用 --organisation 指定机构代码。角色：见 --role。",
        "Add a user. Roles that work for one organisation need its code by --organisation.",
    )
)
@click.argument("username")
@click.option("--name", required=True, help=say("姓名", "the person's name"))
@click.option(
    "--role",
    required=True,
    help=say(
        "角色，如 administrator、duty_officer、epidemiologist",
        "role, such as administrator, duty_officer, epidemiologist",
    ),
)
@click.option("--area", required=True, help=say("地区代码，如 500242", "area code, such as 500242"))
@click.option("--organisation", help=say("机构代码", "code of the organisation"))
@click.option("--phone", default="", help=say("电话", "phone"))
@PASSWORD_FROM_STDIN
@with_django
def add(
    username: str,
    name: str,
    role: str,
    area: str,
    organisation: str | None,
    phone: str,
    *,
    password_stdin: bool,
) -> None:
    """Add a user in the machine's own name."""
    from django.utils import timezone

    from pingji.ground.directory import actions
    from pingji.ground.directory.models import Area, Organisation, Role, User

    if role not in Role.values:
        raise click.UsageError(
            say(f"没有角色“{role}”。可选：", f"There is no role “{role}”. There are: ")
            + ", ".join(Role.values)
        )
    place = Area.objects.filter(pk=area).first()
    if place is None:
        raise click.UsageError(say(f"没有地区 {area}。", f"There is no area {area}."))
    works_for = Organisation.objects.filter(code=organisation).first() if organisation else None
    if organisation and works_for is None:
        raise click.UsageError(
            say(f"没有机构 {organisation}。", f"There is no organisation {organisation}.")
        )
    added = actions.add_user(
        username=username,
        display_name=name,
        role=role,
        area=place,
        organisation=works_for,
        phone=phone,
        password=asked_password(from_stdin=password_stdin),
        by=User.objects.system(),
        at=timezone.now(),
    )
    click.echo(
        say(
            f"{added.username} 现在可以登录：{added.get_role_display()}，{place.label}。",
            f"{added.username} can sign in now: {added.get_role_display()}, {place.label}.",
        )
    )


@user.command(
    help=say(
        "重设口令；该用户的所有登录随即失效，锁定也随即解除。",
        "Set a password; every session of the user ends, and so does a lock-out.",
    )
)
@click.argument("username")
@PASSWORD_FROM_STDIN
@with_django
def password(username: str, *, password_stdin: bool) -> None:
    """Set a user's password in the machine's own name."""
    from django.utils import timezone

    from pingji.ground.directory import actions
    from pingji.ground.directory.models import User

    somebody = User.objects.people().filter(username=username).first()
    if somebody is None:
        raise click.UsageError(say(f"没有用户“{username}”。", f"There is no user “{username}”."))
    actions.set_password(
        user=somebody,
        password=asked_password(from_stdin=password_stdin),
        by=User.objects.system(),
        at=timezone.now(),
    )
    click.echo(say(f"{username} 的口令已重设。", f"The password of {username} is set."))


def asked_password(*, from_stdin: bool) -> str:
    """The password, typed twice at a terminal or read from standard input."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return click.prompt(
        say("口令", "Password"),
        hide_input=True,
        confirmation_prompt=say("再输入一次", "Once more"),
    )

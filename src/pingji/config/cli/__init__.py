"""The command line `pingji`. Exit status: 0 done, 1 a problem was found, 2 wrong use."""

import importlib

import click

from pingji.config.cli.click_words import Speaking
from pingji.config.cli.language import say

# Command, module that holds it, and what it does. Modules load only when asked for, so that
# `pingji detect` needs no database and `pingji --help` answers at once.
COMMANDS = {
    "run": ("run", say("启动整个系统", "start the whole program")),
    "setup": ("run", say("只做准备，不启动", "prepare everything without starting")),
    "profile": ("profile", say("县级方案：列出、查看、检查", "county plans: list, show, check")),
    "import": ("data", say("导入病例或计数表格", "import a spreadsheet of cases or counts")),
    "columns": (
        "data",
        say("说明所导入文件各列的含义", "say what an imported file's columns mean"),
    ),
    "posts": ("posts", say("导入网络信息文件", "hand in a file of posts of the public")),
    "record": ("record", say("留痕：核验是否被改动", "the record: verify it is whole")),
    "user": ("user", say("用户：新增、重设口令", "users: add, set a password")),
    "sender": ("sender", say("发送方：令牌的发放与收回", "senders: give and take back tokens")),
    "backup": ("backup", say("备份到一个文件", "back everything up to one file")),
    "restore": ("backup", say("从备份文件恢复", "restore from a backup")),
    "db": ("db", say("数据库命令行", "the database's own shell")),
    "exercise": (
        "exercise",
        say("演练：运行、打开、列出、删除", "exercises: run, open, list, remove"),
    ),
    "detect": ("detect", say("对计数序列做异常探测", "detect outbreaks in series of counts")),
    "estimate": ("estimate", say("估计再生数、增长率、病死率", "estimate Rt, growth, fatality")),
    "nowcast": ("nowcast", say("按报告延迟做即时预测", "nowcast under reporting delay")),
}


class Lazy(Speaking):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the module of one command; None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pingji.config.cli.{COMMANDS[cmd_name][0]}")
        return getattr(module, "import_" if cmd_name == "import" else cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading their modules."""
        with formatter.section(say("命令", "Commands")):
            formatter.write_dl([(name, what) for name, (_module, what) in COMMANDS.items()])


@click.group(
    cls=Lazy,
    help=say(
        "平急：县（市）公共卫生应急平台。",
        "Pingji: a public-health emergency platform for a county or a city.",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help=say("界面语言（默认 zh，也可设 PINGJI_LANG）", "language (default zh, or PINGJI_LANG)"),
)
@click.version_option(
    package_name="pingji",
    prog_name="pingji",
    message=say("%(prog)s，版本 %(version)s", "%(prog)s, version %(version)s"),
    help=say("显示版本后退出。", "Show the version and exit."),
)
def main(lang: str | None) -> None:
    """Entry; the language was already read from the arguments by `say`."""

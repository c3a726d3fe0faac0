"""What the demo county's public writes: invented posts, some dozens over four weeks.

One rumour was true, answered and closed; one was false; one is being checked; and in one township
more is written each hour about children who are ill. Names of townships are the county's own.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pingji.ground.directory.models import Area, Role, User
from pingji.ground.record.actions import unannounced
from pingji.monitor.opinion import actions
from pingji.monitor.opinion.actions.telling import tell_found
from pingji.monitor.opinion.models import Rumour

FEWEST_TOWNS = 6
HOUR = timedelta(hours=1)
PLATFORMS = ("微博", "抖音", "论坛", "微信公众号")
# Hours before now, and what was written; {0} … {5} are townships.
Said = tuple[float, str]
TRUE = (
    (600, "{1}中学昨晚一个寝室的人都在吐，听说食堂有问题"),
    (599, "家长群说{1}中学好多学生呕吐，学校还没有通知"),
    (598, "转发：{1}中学昨晚一个寝室的人都在吐，听说食堂有问题！"),
    (597, "{1}卫生院来了十几个呕吐的学生，老师都在陪"),
    (596, "转发微博：{1}中学昨晚一个寝室的人都在吐，听说食堂有问题"),
)
FALSE = (
    (290, "{4}有人说发现鼠疫了，真的假的？吓死了"),
    (289, "转发：{4}有人说发现鼠疫了，真的假的？？吓死了啊"),
    (288, "{4}的亲戚打电话来说有鼠疫，叫我们不要回去"),
    (287, "{4}鼠疫？有没有官方出来说一下，人心惶惶"),
    (286, "转发：{4}的亲戚打电话来说有鼠疫，叫我们不要回去"),
)
BEING_CHECKED = (
    (26, "{3}工地食堂疑似食物中毒，救护车来了两趟"),
    (25, "{3}那边工友说吃了中午的凉菜就食物中毒，好几个人躺下了"),
    (24, "转发：{3}工地食堂疑似食物中毒，救护车来了两趟"),
    (20, "{3}工地的人食物中毒，老板不让往外说，太黑心"),
)
RISING = (
    (40, "{2}小学请假的孩子越来越多，都是流感"),
    (28, "{2}卫生院输液室坐满了发烧的孩子，医生说是甲流"),
    (20, "我家两个娃都是流感，{2}药店退烧药卖完了，急死人"),
    (16, "转发：{2}小学请假的孩子越来越多，都是流感"),
    (12, "{2}小学三年级停课了吗？听说流感倒了半个班"),
    (9, "{2}的家长们，你们娃中招没有，流感太厉害了"),
    (8, "转发：{2}卫生院输液室坐满了发烧的孩子，医生说是甲流"),
    (6, "{2}学校瞒着流感不说，非要等出事吗"),
    (5, "转发：{2}学校瞒着流感不说，非要等出事吗！！"),
    (3, "今天{2}又有五个娃请假，班主任说是甲流"),
    (2, "{2}中学也开始了，流感，一个寝室全倒"),
)
AROUND = (
    (650, "{0}广场晚上好热闹"),
    (560, "{5}的路终于修好了，点赞"),
    (500, "【健康提示】冬春季节如何预防流感，勤洗手、多通风"),
    (430, "孩子水痘结痂了，谢谢{0}社区医院的医生"),
    (380, "上海的朋友说那边合胞病毒很厉害"),
    (330, "{5}有个老人咳了一个多月，是不是肺结核"),
    (240, "{0}菜市场的鱼又涨价了"),
    (190, "打了狂犬疫苗胳膊疼正常吗"),
    (150, "北京最近甲流好多人中招"),
    (110, "{3}卫生院新来的医生很耐心，感谢"),
    (70, "县医院排队两个小时，无语"),
    (34, "学校发了致家长的一封信，提醒流感高发，注意防护"),
    (7, "医生说不是手足口，虚惊一场"),
)


def make(seat: Area, *, at: datetime) -> None:
    """Let the public of a demo county write, and the offices answer.

    Args:
        seat: The county or city of the demonstration.
        at: Now.
    """
    people = {user.role: user for user in User.objects.filter(area=seat, demo=True).order_by("-pk")}
    county = Area.objects.under(seat.code).of_level("county").first()
    towns = list(Area.objects.under(county.code).of_level("township")) if county else []
    wanted = {Role.PRESS_OFFICER, Role.EPIDEMIOLOGIST, Role.DUTY_OFFICER}
    if not wanted <= people.keys() or len(towns) < FEWEST_TOWNS:
        return
    story = _Story([town.name for town in towns], people, at)
    with unannounced():
        story.tell()
    waiting = Rumour.objects.latest("pk")
    tell_found(rumour=waiting, by=User.objects.system(), at=waiting.found_at)
    story.hand_in(RISING[-2:], "今日", at)  # heard by the detectors once the worker runs


@dataclass
class _Story:
    """Who writes what, and who answers."""

    towns: list[str]
    people: dict[str, User]
    at: datetime

    def tell(self) -> None:
        """The four weeks in their order."""
        lately = [said for said in AROUND if said[0] < TRUE[-1][0]]
        self.hand_in([said for said in AROUND if said not in lately], "月初", self.ago(620))
        self.hand_in(TRUE, "校园", self.ago(595))
        self._answered(
            "true",
            "电话核实并到校查看：同一寝室8人呕吐，检出诺如病毒。",
            "该校8名学生呕吐，症状轻，均已好转；学校已停用食堂冷菜并全面消毒。",
            since=595,
            closed="末例后无新发，已再次回应。",
        )
        self.hand_in([said for said in lately if said[0] > FALSE[0][0]], "中旬", self.ago(300))
        self.hand_in(FALSE, "鼠疫", self.ago(285))
        self._answered(
            "unfounded",
            "查阅全县病例和动物监测，无鼠疫；发帖人称听错。",
            "我县无鼠疫病例，动物间监测无异常。请勿转发未经核实的消息。",
            since=285,
            closed="三天无新帖。",
        )
        self.hand_in([said for said in lately if 30 < said[0] < FALSE[-1][0]], "近期", self.ago(30))
        self.hand_in(BEING_CHECKED, "食堂", self.ago(19))
        checked = Rumour.objects.latest("pk")
        actions.take(rumour=checked, by=self.people[Role.EPIDEMIOLOGIST], at=self.ago(18.5))
        actions.draft_reply(
            rumour=checked,
            reply="已收到反映，正在核实，结果将及时公布。",
            was="",
            by=self.people[Role.PRESS_OFFICER],
            at=self.ago(18),
        )
        self.hand_in([*(s for s in lately if s[0] < 30), *RISING[:-2]], "昨日", self.ago(2.5))

    def ago(self, hours: float) -> datetime:
        """So many hours before now."""
        return self.at - hours * HOUR

    def hand_in(self, said: Iterable[Said], name: str, at: datetime) -> None:
        """A file of posts, as the press office hands one in."""
        posts = [
            {
                "source": PLATFORMS[number % len(PLATFORMS)],
                "key": f"演示-{name}-{number}",
                "author": f"网友{number}",
                "text": text.format(*self.towns),
                "posted_at": self.ago(hours).isoformat(),
            }
            for number, (hours, text) in enumerate(said)
        ]
        content = "\n".join(json.dumps(post, ensure_ascii=False) for post in posts).encode()
        actions.hand_in(
            name=f"演示-{name}.jsonl", content=content, by=self.people[Role.PRESS_OFFICER], at=at
        )

    def _answered(
        self, verdict: str, findings: str, reply: str, *, since: float, closed: str
    ) -> None:
        """The latest rumour checked, answered, and closed three days later."""
        rumour = Rumour.objects.latest("pk")
        cdc, press = self.people[Role.EPIDEMIOLOGIST], self.people[Role.PRESS_OFFICER]
        actions.take(rumour=rumour, by=cdc, at=self.ago(since - 1))
        actions.check(
            rumour=rumour, verdict=verdict, findings=findings, by=cdc, at=self.ago(since - 3)
        )
        if verdict in Rumour.SOUND:
            actions.hand_over(rumour=rumour, by=cdc, at=self.ago(since - 3))
        actions.reply(rumour=rumour, reply=reply, reply_url="", by=press, at=self.ago(since - 5))
        actions.close(rumour=rumour, closing_reason=closed, by=press, at=self.ago(since - 77))

"""Durations, ages, dates and temperatures as chief complaints write them."""

import re

NUMERALS = {"零": 0, "半": 0.5, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
NUMERALS |= {"七": 7, "八": 8, "九": 9, "数": 3, "几": 3, "多": 3}
UNITS = {"分钟": 1 / 1440, "分": 1 / 1440, "min": 1 / 1440, "小时": 1 / 24, "钟头": 1 / 24}
UNITS |= {"h": 1 / 24, "天": 1, "日": 1, "d": 1, "周": 7, "星期": 7, "礼拜": 7, "w": 7}
UNITS |= {"月": 30, "年": 365, "y": 365}
DAYS_AGO = {"今晨": 0.5, "今早": 0.5, "今日": 0.5, "今天": 0.5, "今起": 0.5, "今晚": 0.2}
DAYS_AGO |= {"昨日": 1, "昨天": 1, "昨晚": 1, "昨夜": 1, "昨起": 1, "前天": 2, "前日": 2, "前晚": 2}
_NUMBER = r"(?:\d{1,4}(?:\.\d{1,2})?|[零半一二两三四五六七八九十数几多]{1,4})"
_DATE = r"(?P<date>\d{4}年(?:\d{1,2}月)?(?:\d{1,2}[日号])?|\d{1,2}月\d{1,2}[日号])"
_DURATION = (
    rf"(?P<number>{_NUMBER})(?:\s?[-~—–至到]\s?(?P<upto>{_NUMBER}))?\s?[余多+来几]?\s?个?(?P<half>半?)"
    r"(?P<unit>分钟|分(?!之)|min|小时|钟头|h(?![a-z])|天|日|d(?![a-z])|周(?!岁)|星期|礼拜|w(?![a-z])"
    r"|月(?![龄大])|年|y(?![a-z]))[余多+]?(?P<halves>半?)(?:左右|许)?"
    r"(?!\s?[约达]?[\d一二三四五六七八九十数几]{1,3}[余多]?次)"
    r"(?P<ago>(?:以?前|以?来|起)?)"
)
_AGE = r"(?P<age>\d{1,3})\s?(?:周?岁|y(?:rs?|ears?))"
_DEGREES = r"(?:3[4-9]|4[0-3])"
_MEASURED = (
    rf"(?:(?:t|体温|tmax|热峰|高烧|烧到|最高)(?:最高|高|波动于|波动在|[达至为约到:=>\s])*"
    rf"(?P<t1>{_DEGREES})(?!\d)(?:[.°度](?P<t1part>\d))?(?:\d?\s?(?:°c?|度|摄氏度|c(?![a-z])))?"
    rf"|(?P<t2>{_DEGREES})(?:\.(?P<t2part>\d)\d?)?\s?(?:°c?|度(?P<t2deg>\d)?|摄氏度|c(?![a-z])))"
)
SPECIAL = re.compile(f"{_DATE}|{_MEASURED}|{_AGE}|{_DURATION}")
SPECIAL_FIRST = frozenset("0123456789零半一二两三四五六七八九十数几多t体热高烧最")


def number(text: str) -> float:
    """A number in digits or in Chinese; a few is three."""
    if text[0].isdecimal():
        return float(text)
    if "十" in text:
        tens, _ten, ones = text.partition("十")
        return 10 * (NUMERALS.get(tens[-1:], 1)) + NUMERALS.get(ones[:1], 0)
    return float(NUMERALS[text[0]])

"""The detectors `pingji detect` offers, and their options as a caller may set them."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args, get_origin

from pingji.config.cli.language import say
from pingji.config.cli.tables.bad_input import BadInput

# What the command gives to a detector itself, out of the file and its own options.
GIVEN = ("dates", "period", "population", "judge", "names")
# Options that are long arrays: for a notebook, not for a command line.
NOT_TYPED = ("draws",)

WORDS = {
    "recommended": ("平急推荐的默认方法", "Pingji's documented default"),
    "farrington_flexible": ("灵活 Farrington 法", "flexible Farrington method"),
    "farrington": ("Farrington 原法", "original Farrington method"),
    "moving_percentile": ("移动百分位数法（国家预警系统）", "moving percentile (China's system)"),
    "ears_c1": ("EARS C1：与前 7 天比较", "EARS C1: against the past 7 days"),
    "ears_c2": ("EARS C2：隔 2 天再与前 7 天比较", "EARS C2: likewise, 2 days apart"),
    "ears_c3": ("EARS C3：连续 3 天 C2 的累积", "EARS C3: three days of C2 together"),
    "cusum": ("累积和控制图", "cumulative sum chart"),
    "rki": ("RKI 法，窗口自定", "RKI method, window of your own"),
    "rki_1": ("RKI 1：前 6 周", "RKI 1: the past 6 weeks"),
    "rki_2": ("RKI 2：今年前 6 周与上年同期", "RKI 2: past 6 weeks and last year"),
    "rki_3": ("RKI 3：前两年同期", "RKI 3: the same season of two years"),
    "bayes": ("贝叶斯法，窗口自定", "Bayes, window of your own"),
    "bayes_1": ("贝叶斯 1：前 6 周", "Bayes 1: the past 6 weeks"),
    "bayes_2": ("贝叶斯 2：今年前 6 周与上年同期", "Bayes 2: past 6 weeks and last year"),
    "bayes_3": ("贝叶斯 3：前两年同期", "Bayes 3: the same season of two years"),
    "cdc": ("美国 CDC 四周比较法", "CDC's comparison of four weeks"),
    "outbreak_p": ("outbreakP 半参数上升检验", "outbreakP: semiparametric rise"),
    "glr": ("广义似然比控制图", "generalised likelihood ratio chart"),
    "rogerson": ("时变泊松累积和", "time-varying Poisson CUSUM"),
    "binomial_cusum": ("二项累积和（阳性率）", "binomial CUSUM (positivity)"),
    "ewma": ("指数加权移动平均", "exponentially weighted moving average"),
    "shewhart": ("Shewhart 控制图", "Shewhart chart"),
    "regression_switch": ("回归与 EWMA 自动切换", "regression, else EWMA"),
    "boda": ("季节性负二项模型（计入全部不确定性）", "seasonal model with all its uncertainty"),
}
YES = {"true", "yes", "1", "是"}
NO = {"false", "no", "0", "否"}


@dataclass(frozen=True)
class Detector:
    """A method of `pingji.analysis.detect` that judges series of counts.

    Attributes:
        name: Name as the command line takes it, with hyphens.
        function: The function itself.
        options: What may be set, by name.
        takes: Which of the figures the command itself gives are taken.
        needs: Which of them must be given.
    """

    name: str
    function: Callable
    options: dict[str, inspect.Parameter]
    takes: frozenset[str]
    needs: frozenset[str]

    @property
    def words(self) -> str:
        """What the method is called."""
        zh, en = WORDS.get(self.function.__name__, (self._first_line, self._first_line))
        return say(zh, en)

    @property
    def _first_line(self) -> str:
        return (inspect.getdoc(self.function) or "").split("\n")[0]


def detectors() -> dict[str, Detector]:
    """The detectors that take series of counts, Pingji's own first."""
    from pingji.analysis import detect

    found = {}
    for name, function in vars(detect).items():
        if inspect.isfunction(function) and not name.startswith("_"):
            detector = _detector(name, function)
            if detector is not None:
                found[detector.name] = detector
    order = [name.replace("_", "-") for name in WORDS]
    places = {name: place for place, name in enumerate(order)}
    return dict(sorted(found.items(), key=lambda item: places.get(item[0], len(places))))


def _detector(name: str, function: Callable) -> Detector | None:
    from pingji.analysis.detect.result import Detection

    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())
    if signature.return_annotation not in (Detection, "Detection"):
        return None
    if not parameters or parameters[0].name != "counts":
        return None
    rest = parameters[1:]
    required = {p.name for p in rest if p.default is inspect.Parameter.empty}
    if not required <= set(GIVEN):
        return None
    return Detector(
        name.replace("_", "-"),
        function,
        {p.name: p for p in rest if p.name not in GIVEN + NOT_TYPED},
        frozenset(p.name for p in rest if p.name in GIVEN),
        frozenset(required),
    )


def find(method: str, known: dict[str, Detector]) -> Detector:
    """The detector of a name, however it is hyphened.

    Args:
        method: Name as given.
        known: The detectors.

    Returns:
        The detector.

    Raises:
        BadInput: If there is none of that name.
    """
    for name, detector in known.items():
        if _plain(name) == _plain(method):
            return detector
    raise BadInput(
        say(
            f"没有方法 {method}；可用的有：{'、'.join(known)}",
            f"there is no method {method}; there are {', '.join(known)}",
        )
    )


def read_options(detector: Detector, settings: tuple[str, ...]) -> dict[str, object]:
    """The options set by `--set name=value`.

    Args:
        detector: The method they are for.
        settings: As given, one text per `--set`.

    Returns:
        Arguments for the method's function.

    Raises:
        BadInput: If an option is unknown, given twice or has an impossible value.
    """
    chosen: dict[str, object] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise BadInput(
                say(f"--set {setting} 应写成 名称=值", f"--set {setting} must read name=value")
            )
        parameter = _option(detector, name.strip())
        if parameter.name in chosen:
            raise BadInput(say(f"选项 {name} 给了两次", f"option {name} is given twice"))
        chosen[parameter.name] = _value(parameter, text.strip())
    return chosen


def _option(detector: Detector, name: str) -> inspect.Parameter:
    for known, parameter in detector.options.items():
        if _plain(known) == _plain(name):
            return parameter
    allowed = list(detector.options)
    raise BadInput(
        say(
            f"方法 {detector.name} 没有选项 {name}；可设的有：{'、'.join(allowed) or '（无）'}",
            f"method {detector.name} has no option {name}; it has {', '.join(allowed) or 'none'}",
        )
    )


def _value(parameter: inspect.Parameter, text: str) -> object:
    kinds = set(_kinds(parameter.annotation))
    if parameter.default is not None:
        kinds |= set(_kinds(type(parameter.default)))
    literals = [kind for kind in kinds if isinstance(kind, str)]
    for literal in literals:
        if _plain(literal) == _plain(text):
            return literal
    if type(None) in kinds and text.lower() in ("none", "null", "无"):
        return None
    try:
        return _typed(kinds, text)
    except ValueError:
        pass
    expected = describe(parameter)
    raise BadInput(
        say(
            f"选项 {parameter.name} 不能是“{text}”，应为 {expected}",
            f"option {parameter.name} cannot be “{text}”; it takes {expected}",
        )
    )


def _typed(kinds: set, text: str) -> object:
    if bool in kinds and text.lower() in YES | NO:
        return text.lower() in YES
    if tuple in kinds:
        return tuple(_number(part, whole=float not in kinds) for part in text.split(","))
    if int in kinds and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    if float in kinds:
        return _number(text, whole=False)
    raise ValueError(text)


def _number(text: str, *, whole: bool) -> float:
    return int(text) if whole else float(text)


def _kinds(annotation: object) -> list:
    """The plain types and literal texts an annotation allows; an array may be a number."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) is tuple:
        return [tuple, *get_args(annotation)]
    if get_args(annotation):
        return [kind for part in get_args(annotation) for kind in _kinds(part)]
    if annotation is complex:
        return [float]  # numpy's ArrayLike names complex as its widest number
    return [annotation] if annotation in (bool, int, float, tuple, type(None)) else []


def describe(parameter: inspect.Parameter) -> str:
    """What an option may be, in words."""
    kinds = _kinds(parameter.annotation)
    if parameter.default is not None:
        kinds += _kinds(type(parameter.default))
    literals = [kind for kind in kinds if isinstance(kind, str)]
    plain = {
        bool: say("true 或 false", "true or false"),
        int: say("整数", "a whole number"),
        float: say("数字", "a number"),
        type(None): "none",
    }
    if tuple in kinds:
        return say("逗号隔开的数字，如 5,4", "numbers with a comma, such as 5,4")
    words = literals + [plain[kind] for kind in plain if kind in kinds]
    return say("、", ", ").join(dict.fromkeys(words))


def _plain(name: str) -> str:
    return re.sub(r"[-_]", "", name).lower()

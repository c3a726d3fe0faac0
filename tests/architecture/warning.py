"""What is sent to the addresses of alerts, detection runs, assessments and analyses."""

from pingji.ground.directory.models import Permission as P
from pingji.ground.directory.models import Role, User
from tests.architecture.county import COUNTY
from tests.architecture.judging import JUDGEMENT
from tests.architecture.posting import Post, fixed, today

WARN_POSTS: dict[str, Post] = {
    "alerts:ask_for_analysis": Post(
        lambda county: {"area": COUNTY, "kind": "weekly", "day": today()},
        P.ANALYSIS_EDIT,
        about_oneself=True,
    ),
    "alerts:return_analysis": Post(
        fixed(reason="请补充"), P.ANALYSIS_SIGN, instead=(("analysis_id", "handed_in_id"),)
    ),
    "alerts:sign_analysis": Post(
        fixed(), P.ANALYSIS_SIGN, instead=(("analysis_id", "handed_in_id"),)
    ),
    "alerts:submit_analysis": Post(fixed(), P.ANALYSIS_EDIT),
    "alerts:write_text": Post(fixed(section="summary", seen=1, text="本期平稳。"), P.ANALYSIS_EDIT),
    "alerts:ask_experts": Post(
        fixed(),
        P.ASSESSMENT_CHAIR,
        instead=(("assessment_id", "prepared_assessment_id"),),
    ),
    "alerts:choose_experts": Post(fixed(), P.ASSESSMENT_CHAIR),
    "alerts:compare": Post(fixed(reason="时间紧"), P.ASSESSMENT_CHAIR),
    "alerts:conclude": Post(
        fixed(likelihood=4, impact=3, reasons="病例仍在增加", advice=""),
        P.ASSESSMENT_CHAIR,
        instead=(("assessment_id", "joint_assessment_id"),),
    ),
    "alerts:differ": Post(
        fixed(dissent="影响没有这么大"),
        P.ASSESSMENT_JUDGE,
        instead=(("assessment_id", "joint_assessment_id"),),
    ),
    "alerts:judge_alone": Post(
        fixed(
            likelihood=2,
            impact=2,
            reasons="已停课",
            **{f"question-{key}": said for key, said in JUDGEMENT["answers"].items()},
        ),
        P.ASSESSMENT_JUDGE,
    ),
    "alerts:open_assessment": Post(fixed(scope="继续扩散的风险"), P.ASSESSMENT_CHAIR),
    "alerts:sign_assessment": Post(
        fixed(),
        P.ASSESSMENT_CHAIR,
        instead=(("assessment_id", "joint_assessment_id"),),
    ),
    "alerts:withdraw_assessment": Post(fixed(reason="问题写错了"), P.ASSESSMENT_CHAIR),
    "alerts:apply_setting": Post(
        fixed(
            disease="mumps",
            channel="case",
            method="moving_percentile",
            percentile="85",
            reason="误报过多",
        ),
        P.CATALOGUE_EDIT,
        about_oneself=True,
    ),
    "alerts:try_setting": Post(
        fixed(disease="mumps", channel="case", method="ears_c1", alpha="0.01", baseline="14"),
        P.ALERT_VIEW,
        about_oneself=True,
    ),
    "alerts:close": Post(
        fixed(verdict="true", reason="已控制"),
        P.ALERT_DECIDE,
        instead=(("alert_id", "answered_alert_id"),),
    ),
    "alerts:decide": Post(fixed(to="dismissed", reason="散发"), P.ALERT_DECIDE),
    "alerts:give": Post(
        lambda county: {
            "owner": User.objects.filter(role=Role.DUTY_OFFICER, area=COUNTY).values_list("pk")[0][
                0
            ]
        },
        P.ALERT_DECIDE,
    ),
    "alerts:investigate": Post(
        fixed(findings="同班三人同源"),
        P.ALERT_DECIDE,
        instead=(("alert_id", "answered_alert_id"),),
    ),
    "alerts:start_run": Post(fixed(), P.ALERT_DECIDE, about_oneself=True),
    "alerts:look_back": Post(fixed(day="2025-01-06"), P.ALERT_DECIDE, about_oneself=True),
    "alerts:repeat_run": Post(fixed(), P.ALERT_DECIDE),
}

"""What is sent to the addresses of orders and of joint prevention."""

from uuid import uuid4

from pingji.ground.directory.models import Organisation
from pingji.ground.directory.models import Permission as P
from tests.architecture.ordering import RESOURCE
from tests.architecture.posting import Post, fixed

ORDER_POSTS = {
    "incidents:report": Post(
        fixed(result="一半"), P.ORDER_PERFORM, instead=(("order_id", "acknowledged_order_id"),)
    ),
    "incidents:send_back": Post(
        fixed(reason="缺名单"), P.ORDER_ISSUE, instead=(("order_id", "done_order_id"),)
    ),
    "incidents:verify": Post(
        fixed(remark=""), P.ORDER_ISSUE, instead=(("order_id", "done_order_id"),)
    ),
    "incidents:verify_chosen": Post(
        lambda county: {"order": county.made["done_order_id"]}, P.ORDER_ISSUE
    ),
    "incidents:issue_circular": Post(
        lambda county: {
            "title": "通报",
            "text": "请协查",
            "organisations": [county.made["department_id"]],
        },
        P.ORDER_ISSUE,
    ),
    "incidents:order_inspection": Post(
        lambda county: {
            "matter": "prices",
            "place": "农贸市场",
            "text": "联合检查",
            "organisations": [county.made["department_id"]],
            "key": str(uuid4()),
        },
        P.ORDER_ISSUE,
    ),
    "incidents:draw_inspection": Post(
        lambda county: {
            "places": "甲店\n乙店\n丙店",
            "take": 1,
            "inspectors": "\n".join(
                f"{name}，{Organisation.objects.get(pk=county.made['department_id']).name}"
                for name in ("甲", "乙", "丙")
            ),
            "each": 2,
            "text": "检查明码标价",
            "key": str(uuid4()),
        },
        P.ORDER_ISSUE,
    ),
    "incidents:requisition": Post(
        lambda county: {
            "facility": county.made["facility_id"],
            "use": "isolation",
            "starts_at": "2031-01-01T08:00",
            "ends_at": "2031-02-01T08:00",
        },
        P.ORDER_ISSUE,
    ),
    "incidents:release": Post(
        fixed(condition="完好"), P.ORDER_ISSUE, instead=(("order_id", "requisition_order_id"),)
    ),
    "incidents:inspected": Post(
        fixed(inspected=3, violations=1, filed=0, result="已责令改正"),
        P.ORDER_PERFORM,
        instead=(("order_id", "inspection_order_id"),),
    ),
    "incidents:receive_circular": Post(fixed(how="电话"), P.ORDER_PERFORM),
    "incidents:reply_to_circular": Post(fixed(reply="已排查"), P.ORDER_PERFORM),
    "incidents:prove_circular": Post(
        fixed(means="telephone", said="李科长"),
        P.ORDER_ISSUE,
        instead=(("receiver_id", "outside_receiver_id"),),
    ),
    "incidents:shared": Post(
        lambda county: RESOURCE | {"name": "担架", "organisation": county.made["hospital_id"]},
        P.ORDER_PERFORM,
    ),
    "incidents:edit_shared": Post(
        lambda county: RESOURCE | {"organisation": county.made["hospital_id"]}, P.ORDER_PERFORM
    ),
    "incidents:withdraw_shared": Post(fixed(), P.ORDER_PERFORM),
    "incidents:set_risk": Post(
        lambda county: {"area": county.made["field_area"], "level": "high", "reason": "病例集中"},
        P.INCIDENT_MANAGE,
    ),
    "incidents:change_risk": Post(fixed(level="low", reason="好转"), P.INCIDENT_MANAGE),
    "incidents:lift_risk": Post(fixed(reason="解除"), P.INCIDENT_MANAGE),
    "incidents:set_checkpoint": Post(
        lambda county: {
            "name": "西路口",
            "area": county.made["field_area"],
            "organisation": county.made["hospital_id"],
        },
        P.INCIDENT_MANAGE,
    ),
    "incidents:close_checkpoint": Post(fixed(reason="撤卡"), P.ORDER_PERFORM),
    "incidents:reopen_checkpoint": Post(
        fixed(), P.ORDER_PERFORM, instead=(("checkpoint_id", "closed_checkpoint_id"),)
    ),
    "incidents:tell_facility": Post(fixed(free_beds="3", amount_beds="9"), P.ORDER_PERFORM),
    "incidents:tell_resource": Post(
        lambda county: {"free": "1", "amount": "3", "area": county.made["field_area"]},
        P.ORDER_PERFORM,
    ),
}

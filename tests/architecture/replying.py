"""What is sent to the addresses of public opinion, and the right it takes."""

from django.core.files.uploadedfile import SimpleUploadedFile

from pingji.ground.directory.models import Permission as P
from tests.architecture.posting import Post, fixed

OPINION_POSTS: dict[str, Post] = {
    "opinion:batches": Post(
        lambda county: {"file": SimpleUploadedFile("posts.csv", "平台\n1\n".encode())},
        P.OPINION_IMPORT,
        about_oneself=True,
    ),
    "opinion:check": Post(
        fixed(verdict="false", findings="再查", was="true"),
        P.OPINION_CHECK,
        instead=(("rumour_id", "checked_rumour_id"),),
    ),
    "opinion:close": Post(
        fixed(closing_reason="完毕"),
        (P.OPINION_CHECK, P.OPINION_REPLY),
        instead=(("rumour_id", "checked_rumour_id"),),
    ),
    "opinion:draft_reply": Post(fixed(reply="草稿", was=""), P.OPINION_REPLY),
    "opinion:hand_over": Post(
        fixed(), P.OPINION_CHECK, instead=(("rumour_id", "checked_rumour_id"),)
    ),
    "opinion:reply": Post(
        fixed(reply="已核实", reply_url=""),
        P.OPINION_REPLY,
        instead=(("rumour_id", "checked_rumour_id"),),
    ),
    "opinion:take": Post(fixed(), P.OPINION_CHECK),
}

"""Taking posts in: kept once, read, joined with those they repeat."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pingji.ground import Refused
from pingji.ground.directory.models import COUNTY_DIGITS, Area, User
from pingji.ground.directory.models.identity import sealed_hash
from pingji.ground.record.actions import announce, note, publish
from pingji.monitor.opinion.actions.joining import join
from pingji.monitor.opinion.models import Batch, Post
from pingji.monitor.opinion.queries.reading import Reader
from pingji.monitor.opinion.queries.settings import Settings, settings_for
from pingji.monitor.opinion.rules import likeness, stepping
from pingji.monitor.opinion.rules.lines import (
    Draft,
    Fault,
    Lines,
    read_lines,
    read_message,
    read_table,
)
from pingji.monitor.opinion.rules.words import starred
from pingji.monitor.surveillance.actions.files import Unreadable, open_table
from pingji.monitor.surveillance.models import Sender
from pingji.monitor.surveillance.models.packing import packed

State = Batch.State
Form = Batch.Form
LONGEST_NAME = 200
LINES_ENDINGS = (".jsonl", ".ndjson", ".json")


def hand_in(*, name: str, content: bytes, by: User, at: datetime) -> Batch:
    """Take in a file of posts: CSV, Excel or JSON Lines; the same file again changes nothing."""
    stepping.check_can_hand_in(by)
    if not content.strip():
        raise Refused(_("The file is empty."), field="file")

    zone = timezone.get_default_timezone()
    if name.lower().endswith(LINES_ENDINGS):
        form, found = Form.LINES, read_lines(content, zone=zone, at=at)
    else:
        form, found = Form.CSV, Lines()
        try:
            table = open_table(io.BytesIO(content))
            form = Form.XLSX if table.encoding in {"xlsx", "xls"} else Form.CSV
            found = read_table(table.rows(), zone=zone, at=at)
        except Unreadable as unreadable:
            found = Lines.unreadable("no_table", given=str(unreadable))
    batch = Batch(
        area=_home(by.area),
        organisation=by.organisation,
        handed_in_by=by,
        form=form,
        name=name[:LONGEST_NAME],
    )
    return _keep(batch, content, found, by=by, at=at)


def receive(*, sender: Sender, body: bytes, at: datetime) -> Batch:
    """Take in a message of posts from another system; the same message again changes nothing."""
    found = read_message(body, zone=timezone.get_default_timezone(), at=at)
    return _keep(_message(sender, body, found.key), body, found, by=User.objects.system(), at=at)


def keep_aside(*, sender: Sender, body: bytes, why: str, at: datetime) -> Batch:
    """Keep what a known system sent without the right to, or only in part, for a person."""
    found = Lines.unreadable(why)
    return _keep(_message(sender, body, ""), body, found, by=User.objects.system(), at=at)


def _message(sender: Sender, body: bytes, key: str) -> Batch:
    name = key or hashlib.sha256(body).hexdigest()
    return Batch(
        area=_home(sender.area),
        organisation=sender.organisation,
        sender=sender,
        form=Form.JSON,
        name=name[:LONGEST_NAME],
    )


def _home(area: Area) -> Area:
    """The county or city whose public speaks: a township's body speaks of its county."""
    if len(area.code) <= COUNTY_DIGITS:
        return area
    return Area.objects.get(pk=area.code[:COUNTY_DIGITS])


@transaction.atomic
def _keep(batch: Batch, body: bytes, found: Lines, *, by: User, at: datetime) -> Batch:
    # One batch of a county at a time: two that come at once join one rumour between them.
    Area.objects.select_for_update(no_key=True).get(pk=batch.area_id)
    batch.sha256 = hashlib.sha256(body).hexdigest()
    before = _known(batch)
    if before is not None and before.sha256 == batch.sha256:
        before.tries += 1
        before.save(update_fields=["tries"])
        return before
    if before is not None:  # another message under the same number: kept, and nothing taken of it
        batch.name = f"{batch.name[:180]}~{batch.sha256[:12]}"
        found = Lines.unreadable("number_taken")
        again = _known(batch)
        if again is not None:
            return again
    on = timezone.localdate(at)
    settings = settings_for(batch.area_id, on=on)
    batch.body, batch.received_at, batch.lines = packed(body), at, found.count
    batch.state = State.HELD
    batch.save()
    taken = _Taking(batch, Reader(batch.area_id, on), settings, at)
    taken.look_up(found.drafts)
    for draft in sorted(found.drafts, key=lambda draft: (draft.posted_at, draft.line)):
        taken.take(draft)
    taken.save()
    faults = sorted([*found.faults, *taken.faults], key=lambda fault: fault.line)
    batch.kept, batch.known = len(taken.posts), taken.known
    batch.problems = [asdict(fault) for fault in faults]
    batch.state = _state(batch)
    batch.save()
    note(
        "opinion.posts_received",
        subject=batch,
        by=by,
        at=at,
        lines=batch.lines,
        kept=batch.kept,
        known=batch.known,
        refused=len(faults),
    )
    # Nobody finds a rumour by hand: the posts make it.
    join(taken.posts, home=batch.area, settings=settings, by=User.objects.system(), at=at)
    if taken.posts:
        announce("posts_received", at=at, area=batch.area_id)
    publish("opinion", area=batch.area_id)
    return batch


def _known(batch: Batch) -> Batch | None:
    if batch.sender is not None:
        return Batch.objects.filter(sender=batch.sender, name=batch.name).first()
    same = Batch.objects.filter(area=batch.area, sha256=batch.sha256, sender__isnull=True)
    return same.first()


def _state(batch: Batch) -> str:
    if any(problem["line"] == 0 for problem in batch.problems):
        return State.HELD
    if not batch.problems:
        return State.TAKEN
    return State.PARTLY if batch.kept or batch.known else State.REFUSED


@dataclass
class _Taking:
    """The posts of one batch on their way into the table."""

    batch: Batch
    reader: Reader
    settings: Settings
    at: datetime
    posts: list[Post] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    known: int = 0
    _kept: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    _pool: likeness.Pool = field(default_factory=likeness.Pool)
    _before: list[Post] = field(default_factory=list)
    _looked_back: bool = False

    def look_up(self, drafts: Sequence[Draft]) -> None:
        """Have at hand which of the posts are known, with one question for all."""
        rows = Post.objects.filter(
            home=self.batch.area,
            source__in={draft.source for draft in drafts},
            key__in={draft.key for draft in drafts},
        )
        self._kept = {
            (source, key): (digest, known_at)
            for source, key, digest, known_at in rows.order_by().values_list(
                "source", "key", "digest", "known_at"
            )
        }

    def take(self, draft: Draft) -> None:
        """Read one post unless it is known."""
        digest = hashlib.sha256(draft.text.encode()).hexdigest()
        before = self._kept.get((draft.source, draft.key))
        if before is not None:
            if before[0] == digest:
                self.known += 1
            else:
                when = timezone.localtime(before[1]).strftime("%Y-%m-%d %H:%M")
                self.faults.append(Fault(draft.line, "key_taken", {"when": when}))
            return
        self._kept[draft.source, draft.key] = digest, self.at
        self._look_back(draft.posted_at)
        post = self._read(draft, digest)
        post.repeats = self._repeated(post)
        self.posts.append(post)
        if post.repeats is None:
            self._remember(post)

    def save(self) -> None:
        """Keep what was read, with two questions for all; a text stands before what repeats it."""
        Post.objects.bulk_create(post for post in self.posts if post.repeats is None)
        Post.objects.bulk_create(post for post in self.posts if post.repeats is not None)

    def _read(self, draft: Draft, digest: str) -> Post:
        said = self.reader.read(draft.text)
        text = starred(draft.text)
        return Post(
            home=self.batch.area,
            area_id=said.where.area,
            batch=self.batch,
            line=draft.line,
            source=draft.source,
            key=draft.key,
            author=sealed_hash(f"{draft.source} {draft.author}") if draft.author else "",
            url=draft.url,
            text=text,
            digest=digest,
            posted_at=draft.posted_at,
            known_at=self.at,
            place=said.where.kind,
            candidates=list(said.where.candidates),
            diseases=list(said.named.diseases),
            symptoms=list(said.told.symptoms),
            topic_id=said.topic or None,
            notice=said.notice,
            mood=said.mood,
            mood_words=said.mood_words,
            signature=likeness.signature(likeness.runs(text)).tobytes(),
        )

    def _look_back(self, posted_at: datetime) -> None:
        """Have the earlier posts at hand that this one may repeat; posts come in their order."""
        if self._looked_back:
            return
        self._looked_back = True
        rows = Post.objects.filter(
            home=self.batch.area,
            posted_at__gte=posted_at - self.settings.window,
            repeats__isnull=True,
        )
        for post in rows.order_by("posted_at", "id"):
            self._remember(post)

    def _remember(self, post: Post) -> None:
        mark = np.frombuffer(bytes(post.signature), np.uint32)
        self._pool.add(len(self._before), post.text, mark)
        self._before.append(post)

    def _repeated(self, post: Post) -> Post | None:
        """The post whose text this one repeats: nearly the same words, and the same illness."""

        def may_be(name: int) -> bool:
            other = self._before[name]
            near = abs(post.posted_at - other.posted_at) <= self.settings.window
            return near and other.topic_id == post.topic_id

        found = self._pool.likest(post.text, self.settings.likeness, may_be)
        return None if found is None else self._before[found]

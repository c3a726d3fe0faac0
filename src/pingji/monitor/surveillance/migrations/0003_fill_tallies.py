"""Figures for the cases that were there before figures were kept."""

from django.db import migrations

COUNTED = "state in ('sent', 'checked', 'returned', 'reviewed')"
FILL = [
    f"""
    insert into surveillance_tallyentry (disease_id, channel, area_id, day, change, known_at)
    select disease_id, 'case', area_id, onset_on, count(*), known_at
    from surveillance_casereport where {COUNTED}
    group by disease_id, area_id, onset_on, known_at
    """,
    f"""
    insert into surveillance_tally (disease_id, channel, area_id, day, count)
    select disease_id, 'case', area_id, onset_on, count(*)
    from surveillance_casereport where {COUNTED}
    group by disease_id, area_id, onset_on
    """,
]


class Migration(migrations.Migration):

    dependencies = [
        ('surveillance', '0002_monitor'),
    ]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]

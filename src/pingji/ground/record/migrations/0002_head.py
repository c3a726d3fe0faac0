from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="record_chain_has_one_head")
                ],
            },
        ),
        migrations.RunSQL(
            """
            insert into record_head (id, number, digest)
                select 1, number, digest from record_line order by number desc limit 1;
            create function record_head_advances() returns trigger language plpgsql as $$
            begin
                if tg_op = 'DELETE' or new.number <= old.number then
                    raise exception 'the head of the record only advances';
                end if;
                return new;
            end $$;
            create trigger record_head_advances before update or delete on record_head
                for each row execute function record_head_advances();
            """,
            "drop trigger record_head_advances on record_head; drop function record_head_advances();",
        ),
    ]

import django.contrib.postgres.constraints
from django.contrib.postgres.operations import BtreeGistExtension
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('directory', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        BtreeGistExtension(),  # equality beside ranges in an exclusion constraint
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=60, verbose_name='key')),
                ('position', models.PositiveIntegerField(default=0)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_en', models.CharField(max_length=160)),
                ('requirement', models.JSONField(default=list, verbose_name='requirement')),
                ('clause', models.CharField(max_length=120, verbose_name='clause')),
                ('under', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='standards.group')),
            ],
            options={
                'ordering': ['profile_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='GroupMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(default=0)),
                ('role', models.CharField(max_length=60, verbose_name='part')),
                ('role_en', models.CharField(max_length=80)),
                ('unit', models.CharField(max_length=200, verbose_name='unit')),
                ('unit_en', models.CharField(max_length=300)),
                ('group', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='standards.group')),
            ],
            options={
                'ordering': ['group_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Profile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.SlugField(max_length=60, unique=True, verbose_name='name')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('title_en', models.CharField(max_length=200)),
                ('everywhere', models.BooleanField(default=False, verbose_name='holds everywhere')),
                ('in_force_from', models.DateField(verbose_name='in force from')),
                ('area_inferred', models.BooleanField(default=False, verbose_name='its area is inferred')),
                ('mark', models.CharField(blank=True, max_length=4, verbose_name='mark of its clauses')),
                ('document', models.CharField(max_length=300, verbose_name='document')),
                ('number', models.CharField(blank=True, max_length=80, verbose_name='document number')),
                ('issuer', models.CharField(blank=True, max_length=120, verbose_name='issuer')),
                ('issued', models.CharField(blank=True, max_length=20, verbose_name='issued')),
                ('draft', models.BooleanField(default=False, verbose_name='draft')),
                ('population', models.PositiveIntegerField(null=True, verbose_name='population')),
                ('population_year', models.PositiveSmallIntegerField(null=True)),
                ('population_source', models.CharField(blank=True, max_length=200)),
                ('population_source_en', models.CharField(blank=True, max_length=200)),
                ('population_verified', models.BooleanField(default=False)),
                ('warn_share', models.DecimalField(decimal_places=3, max_digits=4, null=True, verbose_name='share of the time left at which a clock warns')),
                ('escalates_to', models.CharField(blank=True, choices=[('leader', 'County leader'), ('duty_officer', 'Duty officer'), ('epidemiologist', 'CDC epidemiologist'), ('hospital_reporter', 'Hospital reporter'), ('laboratory', 'Laboratory staff'), ('township_doctor', 'Township doctor'), ('village_doctor', 'Village doctor'), ('grid_worker', 'Grid worker'), ('dispatcher', '120 dispatcher'), ('store_keeper', 'Store keeper'), ('department_liaison', 'Department liaison'), ('press_officer', 'Press officer'), ('inspector', 'Inspector'), ('administrator', 'System administrator')], max_length=24, verbose_name='escalates to')),
                ('notes', models.JSONField(default=list, verbose_name='notes')),
                ('base', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='standards.profile')),
            ],
            options={
                'ordering': ['everywhere', 'name'],
            },
        ),
        migrations.AddField(
            model_name='group',
            name='profile',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='standards.profile'),
        ),
        migrations.CreateModel(
            name='Grade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=12, verbose_name='key')),
                ('level', models.PositiveSmallIntegerField(verbose_name='level')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('name_en', models.CharField(max_length=60)),
                ('colour', models.CharField(max_length=10, verbose_name='colour')),
                ('source', models.CharField(max_length=200, verbose_name='source')),
                ('source_en', models.CharField(max_length=300)),
                ('verified', models.BooleanField(default=True, verbose_name='checked against its source')),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grades', to='standards.profile')),
            ],
            options={
                'ordering': ['profile_id', 'level'],
            },
        ),
        migrations.CreateModel(
            name='ProfileArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=15, unique=True, verbose_name='area code')),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='areas', to='standards.profile')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='ProfileVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('digest', models.CharField(max_length=64)),
                ('content', models.TextField(verbose_name='file')),
                ('loaded_at', models.DateTimeField(verbose_name='loaded')),
                ('loaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='standards.profile')),
            ],
            options={
                'ordering': ['profile_id', '-number'],
            },
        ),
        migrations.CreateModel(
            name='StandardRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('section', models.CharField(choices=[('deadline', 'Deadlines'), ('number', 'Capacities and sizes'), ('indicator', 'Indicators'), ('duty', 'Recurring duties'), ('list', 'Lists'), ('setting', 'Programme settings')], max_length=10, verbose_name='section')),
                ('key', models.CharField(max_length=80, verbose_name='key')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('name_en', models.CharField(max_length=200)),
                ('position', models.PositiveIntegerField(default=0)),
                ('value', models.DecimalField(decimal_places=6, max_digits=16, null=True, verbose_name='value')),
                ('unit', models.CharField(blank=True, max_length=20, verbose_name='unit')),
                ('comparison', models.CharField(blank=True, max_length=10, verbose_name='comparison')),
                ('per_value', models.DecimalField(decimal_places=6, max_digits=16, null=True)),
                ('per_unit', models.CharField(blank=True, max_length=20)),
                ('of', models.CharField(blank=True, max_length=120, verbose_name='share of what')),
                ('of_en', models.CharField(blank=True, max_length=160)),
                ('by_date', models.DateField(null=True, verbose_name='to be reached by')),
                ('present', models.DecimalField(decimal_places=6, max_digits=16, null=True, verbose_name='present value')),
                ('present_year', models.PositiveSmallIntegerField(null=True, verbose_name='year of the present value')),
                ('target_year', models.PositiveSmallIntegerField(null=True, verbose_name='year of the target')),
                ('better', models.CharField(blank=True, max_length=6, verbose_name='better when')),
                ('every', models.CharField(blank=True, max_length=12, verbose_name='how often')),
                ('items', models.JSONField(default=list, verbose_name='items')),
                ('warn_share', models.DecimalField(decimal_places=3, max_digits=4, null=True)),
                ('escalates_to', models.CharField(blank=True, choices=[('leader', 'County leader'), ('duty_officer', 'Duty officer'), ('epidemiologist', 'CDC epidemiologist'), ('hospital_reporter', 'Hospital reporter'), ('laboratory', 'Laboratory staff'), ('township_doctor', 'Township doctor'), ('village_doctor', 'Village doctor'), ('grid_worker', 'Grid worker'), ('dispatcher', '120 dispatcher'), ('store_keeper', 'Store keeper'), ('department_liaison', 'Department liaison'), ('press_officer', 'Press officer'), ('inspector', 'Inspector'), ('administrator', 'System administrator')], max_length=24, verbose_name='escalates to')),
                ('requirement', models.JSONField(default=list, verbose_name='requirement')),
                ('clause', models.CharField(blank=True, max_length=120, verbose_name='clause')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='source')),
                ('source_en', models.CharField(blank=True, max_length=300)),
                ('source_key', models.CharField(blank=True, max_length=60)),
                ('verified', models.BooleanField(default=True, verbose_name='checked against its source')),
                ('also', models.JSONField(default=list, verbose_name='said elsewhere in the same plan')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('note_en', models.TextField(blank=True)),
                ('effective_from', models.DateField(verbose_name='in force from')),
                ('effective_to', models.DateField(null=True, verbose_name='in force until')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('on_screen', models.BooleanField(default=False, verbose_name='set on screen')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='standards', to='standards.profile')),
            ],
            options={
                'ordering': ['profile_id', 'section', 'position', 'key', 'effective_from', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Deadline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, verbose_name='key')),
                ('subject_type', models.CharField(max_length=60)),
                ('subject_id', models.CharField(max_length=60)),
                ('subject_label', models.CharField(max_length=200, verbose_name='subject')),
                ('subject_label_en', models.CharField(max_length=200)),
                ('subject_url', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('open', 'Running'), ('met', 'Met'), ('met_late', 'Met late'), ('missed', 'Missed'), ('cancelled', 'Cancelled')], default='open', max_length=10, verbose_name='state')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('warn_at', models.DateTimeField(verbose_name='warns')),
                ('met_at', models.DateTimeField(null=True, verbose_name='met')),
                ('cancelled_at', models.DateTimeField(null=True, verbose_name='cancelled')),
                ('cancel_reason', models.TextField(blank=True, verbose_name='reason')),
                ('extended_at', models.DateTimeField(null=True, verbose_name='extended')),
                ('extended_from', models.DateTimeField(null=True, verbose_name='first due')),
                ('extend_reason', models.TextField(blank=True, verbose_name='reason')),
                ('escalates_to', models.CharField(choices=[('leader', 'County leader'), ('duty_officer', 'Duty officer'), ('epidemiologist', 'CDC epidemiologist'), ('hospital_reporter', 'Hospital reporter'), ('laboratory', 'Laboratory staff'), ('township_doctor', 'Township doctor'), ('village_doctor', 'Village doctor'), ('grid_worker', 'Grid worker'), ('dispatcher', '120 dispatcher'), ('store_keeper', 'Store keeper'), ('department_liaison', 'Department liaison'), ('press_officer', 'Press officer'), ('inspector', 'Inspector'), ('administrator', 'System administrator')], max_length=24, verbose_name='escalates to')),
                ('escalated_at', models.DateTimeField(null=True, verbose_name='escalated')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deadlines', to='directory.area')),
                ('cancelled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('extended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('met_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deadlines', to='directory.organisation')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deadlines', to=settings.AUTH_USER_MODEL)),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('standard', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deadlines', to='standards.standardrow')),
            ],
            options={
                'ordering': ['due_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('position', models.PositiveIntegerField(default=0)),
                ('chapter', models.CharField(blank=True, max_length=120, verbose_name='chapter')),
                ('chapter_en', models.CharField(blank=True, max_length=160)),
                ('text', models.TextField(verbose_name='task')),
                ('text_en', models.TextField()),
                ('due_on', models.DateField(null=True, verbose_name='due')),
                ('due_clause', models.CharField(blank=True, max_length=120, verbose_name='where the date is written')),
                ('long_term', models.BooleanField(default=False, verbose_name='goes on after its date')),
                ('requirement', models.JSONField(default=list, verbose_name='requirement')),
                ('clause', models.CharField(max_length=120, verbose_name='clause')),
                ('withdrawn_on', models.DateField(null=True, verbose_name='no longer in the plan since')),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='standards.profile')),
            ],
            options={
                'ordering': ['profile_id', 'position'],
            },
        ),
        migrations.CreateModel(
            name='TaskUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('lead', 'Lead unit'), ('responsible', 'Responsible unit')], max_length=12, verbose_name='part')),
                ('position', models.PositiveIntegerField(default=0)),
                ('name', models.CharField(max_length=120, verbose_name='unit')),
                ('name_en', models.CharField(max_length=160)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='standards.task')),
            ],
            options={
                'ordering': ['task_id', 'part', 'position'],
            },
        ),
        migrations.AddConstraint(
            model_name='profile',
            constraint=models.UniqueConstraint(condition=models.Q(('everywhere', True)), fields=('everywhere',), name='standards_profile_one_base'),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(fields=('profile', 'key'), name='standards_group_named_once'),
        ),
        migrations.AddConstraint(
            model_name='grade',
            constraint=models.UniqueConstraint(fields=('profile', 'level'), name='standards_grade_named_once'),
        ),
        migrations.AddConstraint(
            model_name='profileversion',
            constraint=models.UniqueConstraint(fields=('profile', 'number'), name='standards_profileversion_numbered_once'),
        ),
        migrations.AddIndex(
            model_name='standardrow',
            index=models.Index(fields=['profile', 'key'], name='standard_key'),
        ),
        migrations.AddConstraint(
            model_name='standardrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('changed_at__isnull', False), ('changed_by__isnull', False)), models.Q(('changed_at__isnull', True), ('changed_by__isnull', True)), _connector='OR'), name='standards_standardrow_changed_who_when'),
        ),
        migrations.AddConstraint(
            model_name='standardrow',
            constraint=models.CheckConstraint(condition=models.Q(('effective_to__isnull', True), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='standards_standardrow_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='standardrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('section', 'deadline'), _negated=True), models.Q(('unit__in', ['day', 'hour', 'minute', 'second']), ('value__gt', 0)), _connector='OR'), name='standards_standardrow_deadline_has_length'),
        ),
        migrations.AddConstraint(
            model_name='standardrow',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('profile', '='), ('key', '='), (models.Func('effective_from', 'effective_to', function='daterange'), '&&')], name='standards_standardrow_one_in_force'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(fields=['subject_type', 'subject_id'], name='deadline_subject'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(fields=['state', 'due_at'], name='deadline_state_due'),
        ),
        migrations.AddIndex(
            model_name='deadline',
            index=models.Index(fields=['key', 'started_at'], name='deadline_key_started'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_at__isnull', True), ('state__in', ['open', 'missed'])), fields=('key', 'subject_type', 'subject_id'), name='standards_deadline_one_open'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('started_at')), ('warn_at__gte', models.F('started_at')), ('warn_at__lte', models.F('due_at'))), name='standards_deadline_times_in_order'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state__in', ['met', 'met_late']), _negated=True), ('met_at__isnull', True), ('met_by__isnull', True)), models.Q(('state__in', ['met', 'met_late']), ('met_at__isnull', False), ('met_by__isnull', False)), _connector='OR'), name='standards_deadline_met_who_when'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancelled_at__isnull', False), ('cancelled_by__isnull', False)), models.Q(('cancelled_at__isnull', True), ('cancelled_by__isnull', True)), _connector='OR'), name='standards_deadline_cancelled_who_when'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'cancelled'), _negated=True), ('cancelled_at__isnull', False), _connector='OR'), name='standards_deadline_cancelled_has_moment'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('extended_at__isnull', False), ('extended_by__isnull', False)), models.Q(('extended_at__isnull', True), ('extended_by__isnull', True)), _connector='OR'), name='standards_deadline_extended_who_when'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(('extended_at__isnull', True), ('extended_from__isnull', False), _connector='OR'), name='standards_deadline_extended_keeps_first_date'),
        ),
        migrations.AddConstraint(
            model_name='deadline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'missed'), _negated=True), ('escalated_at__isnull', False), _connector='OR'), name='standards_deadline_missed_is_escalated'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(fields=('profile', 'number'), name='standards_task_named_once'),
        ),
        migrations.AddConstraint(
            model_name='taskunit',
            constraint=models.UniqueConstraint(fields=('task', 'part', 'name'), name='standards_taskunit_named_once'),
        ),
    ]

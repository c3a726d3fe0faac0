from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='bulletin',
            name='sender',
            field=models.CharField(default='', max_length=120, verbose_name='sender'),
            preserve_default=False,
        ),
    ]

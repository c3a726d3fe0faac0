from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='profile',
            name='place',
            field=models.CharField(blank=True, max_length=60, verbose_name='place'),
        ),
        migrations.AddField(
            model_name='profile',
            name='place_en',
            field=models.CharField(blank=True, max_length=80),
        ),
    ]

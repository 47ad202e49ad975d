"""Connections' permissions, and one to send entries again; the models are unmanaged, so no table is made."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("broadcast", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
            ],
            options={
                "verbose_name": "connection",
                "managed": False,
                "default_permissions": ("view", "delete"),
                "base_manager_name": "objects",
            },
        ),
        migrations.AlterModelOptions(
            name="keyspace",
            options={
                "base_manager_name": "objects",
                "default_permissions": ("view", "delete"),
                "managed": False,
                "permissions": (("send_keyspace", "Can send entries of keyspaces again"),),
                "verbose_name": "keyspace",
            },
        ),
    ]

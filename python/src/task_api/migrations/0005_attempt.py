"""Keep what is known of attempts that did not succeed."""

import django.db.models.deletion
from django.db import migrations, models

import task_api.database


class Migration(migrations.Migration):
    dependencies = (("task_api", "0004_drop_columns_of_version_1"),)

    operations = (
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("started", models.DateTimeField(null=True)),
                ("finished", models.DateTimeField(db_default=task_api.database.DatabaseNow())),
                ("worker", models.CharField(blank=True, default="", max_length=255)),
                (
                    "error_code",
                    models.CharField(blank=True, default="", help_text="Empty if it was cancelled.", max_length=64),
                ),
                ("error_message", models.TextField(blank=True, default="")),
                ("traceback", models.TextField(blank=True, default="")),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="task_api.taskinfo"
                    ),
                ),
            ],
            options={
                "verbose_name": "attempt",
                "verbose_name_plural": "attempts",
                "ordering": ("number",),
                "constraints": [models.UniqueConstraint(fields=("task", "number"), name="task_api_attempt_number")],
            },
        ),
    )

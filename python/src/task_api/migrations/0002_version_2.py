"""Version 2's columns and messages table beside what version 1 stored, which is kept under other names."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from task_api.database import DatabaseNow, ExactCharField


class Migration(migrations.Migration):
    dependencies = (("task_api", "0001_initial"),)

    operations = (
        migrations.AlterModelOptions(name="taskinfo", options={"verbose_name": "task", "verbose_name_plural": "tasks"}),
        migrations.RenameField("taskinfo", "inputs", "inputs_v1"),
        migrations.RenameField("taskinfo", "outputs", "outputs_v1"),
        migrations.RenameField("taskinfo", "messages", "messages_v1"),
        migrations.AlterField(
            "taskinfo",
            "id",
            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
        ),
        migrations.AlterField("taskinfo", "uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
        migrations.AlterField(
            "taskinfo",
            "backend_data",
            models.TextField(blank=True, help_text="Free for backends of your own.", null=True),
        ),
        migrations.AlterField(
            "taskinfo",
            "status",
            models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("running", "Running"),
                    ("succeeded", "Succeeded"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="pending",
                max_length=16,
            ),
        ),
        migrations.AlterField("taskinfo", "progress", models.BigIntegerField(blank=True, null=True)),
        migrations.AlterField("taskinfo", "target", models.BigIntegerField(blank=True, null=True)),
        migrations.AlterField("taskinfo", "created", models.DateTimeField(db_default=DatabaseNow())),
        migrations.AlterField("taskinfo", "started", models.DateTimeField(blank=True, null=True)),
        migrations.AlterField("taskinfo", "finished", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("taskinfo", "inputs", models.JSONField(default=dict)),
        migrations.AddField("taskinfo", "outputs", models.JSONField(default=dict)),
        migrations.AddField(
            "taskinfo",
            "owner",
            ExactCharField(blank=True, default="", help_text="Primary key of who started it.", max_length=255),
        ),
        migrations.AddField("taskinfo", "queue", models.CharField(blank=True, default="", max_length=255)),
        migrations.AddField("taskinfo", "priority", models.SmallIntegerField(blank=True, null=True)),
        migrations.AddField(
            "taskinfo",
            "version",
            models.PositiveBigIntegerField(default=1, help_text="Grows with each change of the row."),
        ),
        migrations.AddField(
            "taskinfo", "attempt", models.PositiveIntegerField(default=0, help_text="Attempts begun so far.")
        ),
        migrations.AddField("taskinfo", "max_attempts", models.PositiveIntegerField(default=1)),
        migrations.AddField("taskinfo", "message_count", models.PositiveIntegerField(default=0)),
        migrations.AddField("taskinfo", "error_code", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddField("taskinfo", "error_message", models.TextField(blank=True, default="")),
        migrations.AddField("taskinfo", "traceback", models.TextField(blank=True, default="")),
        migrations.AddField("taskinfo", "run_after", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("taskinfo", "expires_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "taskinfo",
            "dispatched_at",
            models.DateTimeField(blank=True, help_text="When its message was last sent.", null=True),
        ),
        migrations.AddField("taskinfo", "cancel_requested_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "taskinfo",
            "claim_token",
            models.UUIDField(blank=True, help_text="Fences off runs that lost the task.", null=True),
        ),
        migrations.AddField("taskinfo", "lease_expires", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "taskinfo",
            "worker",
            models.CharField(blank=True, default="", help_text="Host name of its last worker.", max_length=255),
        ),
        migrations.AddField(
            "taskinfo",
            "message_id",
            models.CharField(blank=True, default="", help_text="Celery's id of its run.", max_length=255),
        ),
        migrations.AddField(
            "taskinfo", "unique_key", models.CharField(blank=True, max_length=255, null=True, unique=True)
        ),
        migrations.AddField(
            "taskinfo", "idempotency_digest", models.CharField(blank=True, max_length=64, null=True, unique=True)
        ),
        migrations.AddField("taskinfo", "request_hash", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddIndex("taskinfo", models.Index(fields=["owner", "id"], name="task_api_owner_id")),
        migrations.AddIndex("taskinfo", models.Index(fields=["status", "created"], name="task_api_status_created")),
        migrations.CreateModel(
            name="TaskMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                ("message", models.JSONField()),
                ("created", models.DateTimeField(db_default=DatabaseNow())),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="task_api.taskinfo"
                    ),
                ),
            ],
            options={"verbose_name": "message", "verbose_name_plural": "messages", "ordering": ("seq",)},
        ),
        migrations.AddConstraint(
            "taskmessage", models.UniqueConstraint(fields=("task", "seq"), name="task_api_message_seq")
        ),
    )

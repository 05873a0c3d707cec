"""Drop the text columns of version 1 after their content has moved."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("task_api", "0003_move_data_of_version_1"),)

    operations = (
        migrations.RemoveField("taskinfo", "inputs_v1"),
        migrations.RemoveField("taskinfo", "outputs_v1"),
        migrations.RemoveField("taskinfo", "messages_v1"),
    )

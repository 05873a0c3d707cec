from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import migrations


def create_accounts(apps, schema_editor):
    """Create demo/demo and the administrator admin/admin, unless this could be more than a demo."""
    if not settings.DEBUG:
        return
    users = apps.get_model(settings.AUTH_USER_MODEL).objects
    users.get_or_create(username="demo", defaults={"password": make_password("demo")})
    users.get_or_create(
        username="admin", defaults={"password": make_password("admin"), "is_staff": True, "is_superuser": True}
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(create_accounts, migrations.RunPython.noop)]

"""Settings of a project whose tasks show every type, as `packages/core/test/types/generated` has them.

To write its file anew:

    PYTHONPATH=python .venv/bin/django-admin task_api_types --settings tests.typed_settings \
        --output packages/core/test/types/generated/tasks.gen.ts
"""

from tests.settings import *  # noqa: F403

TASK_API_BACKGROUND_TASKS = ["tests.typed_tasks"]

"""The Django project that runs under faults."""

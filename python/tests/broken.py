"""A module of tasks that lacks something of its own."""

import no_such_library  # type: ignore[import-not-found]  # noqa: F401

"""What drf-spectacular finds by itself once this module is imported."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiViewExtension
from drf_spectacular.utils import extend_schema_view

from task_api import streams
from task_api.openapi.components import Components
from task_api.openapi.dialect import Schema
from task_api.openapi.operations import operations, stream

# DRF lists the views whose class it knows, and that of an async function it cannot tell.
vars(streams.events).update(cls=streams.StreamGate, initkwargs={})


class TaskViews(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "task_api.views.TaskInfoViewSet"
    match_subclasses = True

    def view_replacement(self) -> Any:
        class Tasks(self.target):  # type: ignore[misc, name-defined]
            pass

        return extend_schema_view(**operations())(Tasks)


class StreamView(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "task_api.streams.StreamGate"
    match_subclasses = True

    def view_replacement(self) -> Any:
        class Stream(self.target):  # type: ignore[misc, name-defined]
            pass

        return extend_schema_view(get=stream())(Stream)


class Shapes(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "task_api.openapi.shapes.Shape"
    match_subclasses = True

    def get_name(self, auto_schema: Any, direction: Any) -> str:
        name: str = self.target.name
        return name

    def map_serializer(self, auto_schema: Any, direction: Any) -> Schema:
        def resolve(serializer: Any) -> Any:
            return auto_schema.resolve_serializer(serializer, direction)

        schema: Schema = self.target.shape(Components(auto_schema.registry, resolve))
        return schema

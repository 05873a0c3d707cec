"""The registered tasks in TypeScript, made from the JSON Schemas of their inputs and outputs alone."""

from task_api.codegen.register import TypesNotWritableError, typescript

__all__ = ["TypesNotWritableError", "typescript"]

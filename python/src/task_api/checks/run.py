"""Whether `run()` can be called with the inputs of its task."""

from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter, isasyncgenfunction, isgeneratorfunction
from typing import Any

from task_api.signatures import arguments_of
from task_api.tasks import Task

NO_VALUE = Parameter.empty
BY_KEYWORD = {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
BY_POSITION = {Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD, Parameter.VAR_POSITIONAL}
VARIADIC = {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}


def faults_of_run(task: type[Task], inputs: Mapping[str, Any]) -> Iterator[str]:
    """Yield what keeps `run()` from being called with its inputs by keyword, and from returning what it gives."""
    if task.run is Task.run:
        yield "is not defined."
        return
    if isgeneratorfunction(task.run) or isasyncgenfunction(task.run):
        yield "yields; it has to return its outputs, and `self.track()` tells how far it is."
    try:
        arguments = arguments_of(task)
    except (TypeError, ValueError):
        yield f"is {task.run!r}, must be a method."
        return
    lack = _lack_of_self(arguments, inputs)
    yield from [lack] if lack else _mismatches(arguments[1:], inputs)


def _mismatches(arguments: Sequence[Parameter], inputs: Mapping[str, Any]) -> Iterator[str]:
    takes_any = any(argument.kind is argument.VAR_KEYWORD for argument in arguments)
    by_name = {argument.name for argument in arguments if argument.kind in BY_KEYWORD}
    for name in inputs:
        if name not in by_name and not takes_any:
            yield f"does not take the input {name!r} by name."
    for argument in arguments:
        if argument.kind not in VARIADIC and argument.default is NO_VALUE and argument.name not in inputs:
            yield f"needs {argument.name!r}, which is no input."


def _lack_of_self(arguments: Sequence[Parameter], inputs: Mapping[str, Any]) -> str | None:
    """Return the complaint about a `run()` whose first argument is meant for something else than the instance."""
    if not arguments:
        return "lacks self: it takes nothing."
    first = arguments[0]
    if first.name == "self":
        return "has self for its task, so that no input may have that name." if "self" in inputs else None
    is_input = first.name in inputs or (first.annotation is not NO_VALUE and first.kind not in VARIADIC)
    if is_input or first.default is not NO_VALUE or first.kind not in BY_POSITION:
        return f"lacks self: its first argument is {first.name!r}."
    return None


def inputs_without_default(task: type[Task], inputs: Mapping[str, Any]) -> Iterator[str]:
    """Yield the inputs that a caller may leave out and `run()` may not."""
    own = {argument.name: argument for argument in arguments_of(task)[1:]}
    for name, parameter in inputs.items():
        optional = not parameter.required and not parameter.has_default
        if optional and name in own and own[name].default is NO_VALUE:
            yield name

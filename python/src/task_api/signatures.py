"""The inputs and outputs that the annotations of a task's `run()` tell."""

import types
import typing
from collections import abc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from inspect import Parameter as Argument
from inspect import getattr_static, getdoc, signature, unwrap
from types import SimpleNamespace
from typing import Any, Final

from task_api.params import ObjectParameter, Parameter, hints
from task_api.params.annotations import ALLOWED, AnnotationError, fields_of, parameter_of


class _FromRun(Mapping[str, Any]):
    """Stand for what is not declared, as a mapping for those who read it on the class."""

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "read off run()"


#: What a task's `inputs` and `outputs` are unless it declares them.
FROM_RUN: Final = _FromRun()
#: The name of the output of a `run()` that returns neither a TypedDict nor a dataclass.
RESULT: Final = "result"

NOTHING = (types.NoneType, typing.Never, typing.NoReturn)
AWAITABLES = (abc.Awaitable, abc.Coroutine)
VARIADIC = (Argument.VAR_POSITIONAL, Argument.VAR_KEYWORD)
UNRESOLVED = (NameError, AttributeError, SyntaxError, TypeError)


class SignatureNotValidError(TypeError):
    """Refuse the annotations of a `run()`.

    Attributes:
        faults: One sentence or more for each of them.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = list(faults)


def inputs_of(task: Any) -> dict[str, Parameter]:
    """Return the inputs of a task by its arguments' annotations; none where no argument has one.

    Raises:
        SignatureNotValidError: An argument cannot be an input.
    """
    arguments = _annotated_arguments(task)
    inputs: dict[str, Parameter] = {}
    faults: list[str] = []
    for argument in arguments:
        try:
            inputs[argument.name] = _input(task, argument)
        except AnnotationError as error:
            faults.append(_fault(task, f"takes '{_shown(argument)}'", error, "inputs"))
    if faults:
        raise SignatureNotValidError(faults)
    return inputs


def outputs_of(task: Any) -> dict[str, Parameter]:
    """Return the outputs of a task by what its `run()` is annotated to return; none without an annotation.

    A TypedDict or a dataclass gives an output for each of its fields, any other type the one output `result`.

    Raises:
        SignatureNotValidError: What it returns cannot be an output.
    """
    try:
        returned = _returned(task)
        if returned is None:
            return {}
        by_name = fields_of(returned)
        return {RESULT: parameter_of(returned)} if by_name is None else by_name
    except AnnotationError as error:
        returns = f"returns '{hints.shown(_annotations(task)['return'])}'"
        raise SignatureNotValidError([_fault(task, returns, error, "outputs")]) from error


def returns_whole(task: Any) -> bool:
    """Tell whether all that `run()` returns is the one output `result`, even where it is a dict."""
    return task.outputs is FROM_RUN and (returned := _returned(task)) is not None and fields_of(returned) is None


def values_by_name(outputs: Mapping[str, Parameter], returned: Any) -> Any:
    """Return the outputs that a dataclass's instance holds, by name; anything else as it is."""
    if isinstance(returned, type) or not is_dataclass(returned):
        return returned
    held = {field.name: getattr(returned, field.name) for field in fields(returned) if field.name in outputs}
    return held if len(outputs) > 1 or held.keys() == outputs.keys() else returned


def arguments_of(task: Any) -> list[Argument]:
    """Return the arguments of `run()`, the one for the instance included.

    Raises:
        TypeError: It is no function.
    """
    arguments = list(signature(task.run).parameters.values())
    if isinstance(getattr_static(task, "run"), staticmethod | classmethod):
        # Neither takes one.
        return [Argument("self", Argument.POSITIONAL_ONLY), *arguments]
    return arguments


def _annotated_arguments(task: Any) -> list[Argument]:
    """Return the arguments besides the instance; none where nothing tells their types, as for version 1."""
    try:
        arguments = arguments_of(task)[1:] if _is_defined(task) else []
    except (TypeError, ValueError):
        # The system checks tell that it is no method.
        return []
    return arguments if any(argument.annotation is not Argument.empty for argument in arguments) else []


def _is_defined(task: Any) -> bool:
    # The class that has these inputs itself is `Task`, whose `run()` takes and returns anything.
    owner = next((base for base in task.__mro__ if "run" in vars(base)), task)
    return vars(owner).get("inputs") is not FROM_RUN


def _input(task: Any, argument: Argument) -> Parameter:
    if argument.kind in VARIADIC:
        raise AnnotationError("An input has a name of its own, and this stands for any number of them.")
    if argument.kind is Argument.POSITIONAL_ONLY:
        raise AnnotationError("An input is given by name, and this is not.")
    if argument.annotation is Argument.empty:
        raise AnnotationError(f"It has no annotation, and others have. Allowed are {ALLOWED}.")
    parameter = parameter_of(_resolved(task, argument.annotation))
    said = hints.entries(getdoc(task.run) or "", "Args").get(argument.name, "")
    # What is said of the argument says more than what is said of its type; its own parameter knows best.
    if said and (not parameter.help_text or isinstance(parameter, ObjectParameter)):
        parameter = parameter.replaced(help_text=said)
    return parameter if argument.default is Argument.empty else _with_default(parameter, argument.default)


def _with_default(parameter: Parameter, default: Any) -> Parameter:
    if callable(default):
        raise AnnotationError("Its default can be called, and would be.")
    try:
        return parameter.replaced(default=default)
    except ValueError as exc:
        raise AnnotationError(str(exc)) from exc


def _resolved(task: Any, annotation: Any) -> Any:
    """Return an annotation with text and forward references evaluated, in the module and the class of `run()`."""
    owner = next(base for base in task.__mro__ if "run" in vars(base))
    function = unwrap(task.run)
    # One at a time: another one that does not resolve is another fault.
    holder = SimpleNamespace(__annotations__={"it": annotation}, __type_params__=())
    names = getattr(function, "__globals__", {})
    try:
        return typing.get_type_hints(holder, names, dict(vars(owner)), include_extras=True)["it"]
    except UNRESOLVED as exc:
        raise AnnotationError(
            f"It cannot be resolved: {exc}. What it names must be in its module when that runs, not only under "
            "TYPE_CHECKING or inside a function."
        ) from exc


def _annotations(task: Any) -> dict[str, Any]:
    annotations: dict[str, Any] = getattr(unwrap(task.run), "__annotations__", {}) if _is_defined(task) else {}
    return annotations


def _returned(task: Any) -> Any:
    """Return the type that `run()` is annotated to return, None if it is to return nothing."""
    if "return" not in _annotations(task):
        return None
    returned = _resolved(task, _annotations(task)["return"])
    if typing.get_origin(returned) in AWAITABLES:
        returned = typing.get_args(returned)[-1]
    return None if any(returned is nothing for nothing in NOTHING) else returned


def _shown(argument: Argument) -> str:
    name = str(argument.replace(annotation=Argument.empty, default=Argument.empty))
    return name if argument.annotation is Argument.empty else f"{name}: {hints.shown(argument.annotation)}"


def _fault(task: Any, does: str, error: AnnotationError, attribute: str) -> str:
    return f"Task {task.name!r}: {task.__qualname__}.run() {does}. {error} Or declare `{attribute}` on the class."

"""What a task takes and what it gives: cleaning of inputs, shaping of outputs."""

from collections.abc import Container, Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from task_api.exceptions import InputsNotValidError, OutputsNotValidError
from task_api.params import Parameter, ParameterNotValidError, as_parameter, ensure_storable
from task_api.signatures import FROM_RUN, RESULT, inputs_of, outputs_of, returns_whole, values_by_name

if TYPE_CHECKING:
    from task_api.tasks import Task

# Of names that a caller made up, so many are answered, and so many characters of each.
UNKNOWN_SHOWN = 10
NAME_SHOWN = 80


class Interface:
    """The parameters of one task class.

    Raises:
        TypeError: The task's `inputs` or `outputs` are no dict of parameters by name.
    """

    def __init__(self, task: "type[Task]") -> None:
        self.task = task.name
        self.inputs = _parameters(task, "inputs")
        self.outputs = _parameters(task, "outputs")
        self._returns_whole = returns_whole(task)

    def clean(self, values: Any) -> dict[str, Any]:
        """Return the JSON values to store for inputs that a caller gave.

        Raises:
            InputsNotValidError: An input is missing, unknown or of the wrong type.
        """
        if not isinstance(values, Mapping):
            given = type(values).__name__
            raise InputsNotValidError(self.task, {"inputs": [f"Inputs must be a dict by name, not {given}."]})
        errors = self._unknown(values)
        cleaned: dict[str, Any] = {}
        for name, parameter in self.inputs.items():
            try:
                if name in values:
                    cleaned[name] = parameter.clean(values[name])
                elif parameter.has_default:
                    cleaned[name] = parameter.clean(parameter.get_default())
                elif parameter.required:
                    errors[name] = ["This input is required."]
            except ParameterNotValidError as error:
                errors[name] = error.detail
        if errors:
            raise InputsNotValidError(self.task, errors)
        return cleaned

    def _unknown(self, values: Mapping[Any, Any]) -> dict[str, Any]:
        allowed = ", ".join(self.inputs) or "no inputs"
        return {
            name: [f"Unknown input {name!r}. The task {self.task!r} takes: {allowed}."]
            for name in unknown_names(values, self.inputs)
        }

    def load(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return the Python values that `run()` gets for inputs as they were stored.

        Raises:
            InputsNotValidError: They were valid once and are not any more, as a model instance that is gone since.
        """
        errors: dict[str, Any] = {}
        loaded: dict[str, Any] = {}
        for name, parameter in self.inputs.items():
            try:
                if name in stored:
                    loaded[name] = parameter.load(stored[name])
                elif parameter.has_default:
                    # Stored before the task had this input.
                    loaded[name] = parameter.load(parameter.clean(parameter.get_default()))
            except ParameterNotValidError as error:
                errors[name] = error.detail
        if errors:
            raise InputsNotValidError(self.task, errors)
        return loaded

    def dump(self, returned: Any) -> dict[str, Any]:
        """Return the JSON values to store for what `run()` returned: a value for one output, a dict for several.

        Raises:
            OutputsNotValidError: An output is missing, of the wrong type, or nothing that a database can store.
        """
        named = {RESULT: returned} if self._returns_whole else values_by_name(self.outputs, returned)
        return {name: self._dump_one(name, value) for name, value in self._by_name(named).items()}

    def _by_name(self, returned: Any) -> dict[str, Any]:
        if not self.outputs:
            return {}
        if len(self.outputs) == 1:
            (name,) = self.outputs
            # A dict of just that name counts as the several outputs' form, as it did in version 1.
            named = isinstance(returned, Mapping) and set(returned) == {name}
            values = dict(returned) if named else {name: returned}
        elif isinstance(returned, Mapping):
            values = {name: returned[name] for name in self.outputs if name in returned}
        elif returned is None:
            values = {}
        else:
            names = ", ".join(self.outputs)
            given = type(returned).__name__
            raise OutputsNotValidError(f"Task {self.task!r} returned {given}, must be a dict of its outputs: {names}.")
        return self._present(values)

    def _present(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values that are there: None is one only where null is allowed."""
        present = {name: value for name, value in values.items() if value is not None or self.outputs[name].allow_null}
        for name, parameter in self.outputs.items():
            if parameter.required and name not in present:
                raise OutputsNotValidError(f"Task {self.task!r} did not return its output {name!r}.")
        return present

    def _dump_one(self, name: str, value: Any) -> Any:
        try:
            return self.outputs[name].dump(value)
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise OutputsNotValidError(f"Output {name!r} of task {self.task!r} is not valid: {error}") from error

    def inputs_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the inputs."""
        return _schema(self.inputs)

    def outputs_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the outputs."""
        return {**_schema(self.outputs), "properties": {name: p.output_schema() for name, p in self.outputs.items()}}


def unknown_names(given: Iterable[Any], allowed: Container[Any]) -> list[str]:
    """Return the first of the names that are not allowed, fit to be answered."""
    unknown = (name for name in given if name not in allowed)
    # Shortened and without lone surrogates, for the answer has to be shorter than the request and encodable.
    return [
        str(name)[:NAME_SHOWN].encode("utf-8", "backslashreplace").decode() for name in islice(unknown, UNKNOWN_SHOWN)
    ]


def _schema(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: parameter.json_schema() for name, parameter in parameters.items()},
        "required": [name for name, parameter in parameters.items() if parameter.required],
        "additionalProperties": False,
    }


def _parameters(task: "type[Task]", attribute: str) -> dict[str, Parameter]:
    declared = getattr(task, attribute)
    if declared is FROM_RUN:
        declared = inputs_of(task) if attribute == "inputs" else outputs_of(task)
    if not isinstance(declared, Mapping):
        given = type(declared).__name__
        raise TypeError(f"{task.__qualname__}.{attribute} is a {given}, must be a dict of parameters by name.")
    return {_checked_name(task, attribute, name): as_parameter(value) for name, value in declared.items()}


def _checked_name(task: "type[Task]", attribute: str, name: Any) -> str:
    try:
        ensure_storable(name)
    except ParameterNotValidError as error:
        raise TypeError(f"{task.__qualname__}.{attribute} has the name {name!r}. {error}") from error
    if not isinstance(name, str) or not name:
        raise TypeError(f"{task.__qualname__}.{attribute} has the name {name!r}, must be a text.")
    return name

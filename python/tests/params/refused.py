"""What a refusal says."""

from typing import Any

import pytest

from task_api.params import Parameter, ParameterNotValidError


def refusal(parameter: Parameter, value: Any) -> Any:
    """Return the detail with which `parameter` refuses `value`, from REST and in the worker alike."""
    with pytest.raises(ParameterNotValidError) as cleaned:
        parameter.clean(value)
    with pytest.raises(ParameterNotValidError):
        parameter.to_python(value)
    return cleaned.value.detail

"""The types of tasks' inputs and outputs."""

from task_api.params.base import Parameter
from task_api.params.choice import ChoiceParameter
from task_api.params.containers import DictParameter, ListParameter, ObjectParameter
from task_api.params.dataclass import DataclassParameter
from task_api.params.drf import as_parameter
from task_api.params.errors import ParameterNotValidError
from task_api.params.mappings import MappingParameter
from task_api.params.model import ModelParameter
from task_api.params.scalars import BooleanParameter, DecimalParameter, FloatParameter, IntParameter, NumberParameter
from task_api.params.storable import ensure_storable
from task_api.params.temporal import DateParameter, DateTimeParameter, DurationParameter, TimeParameter
from task_api.params.text import EmailParameter, StringParameter, URLParameter, UUIDParameter
from task_api.params.tuples import TupleParameter
from task_api.params.unions import UnionParameter

__all__ = [
    "BooleanParameter",
    "ChoiceParameter",
    "DataclassParameter",
    "DateParameter",
    "DateTimeParameter",
    "DecimalParameter",
    "DictParameter",
    "DurationParameter",
    "EmailParameter",
    "FloatParameter",
    "IntParameter",
    "ListParameter",
    "MappingParameter",
    "ModelParameter",
    "NumberParameter",
    "ObjectParameter",
    "Parameter",
    "ParameterNotValidError",
    "StringParameter",
    "TimeParameter",
    "TupleParameter",
    "URLParameter",
    "UUIDParameter",
    "UnionParameter",
    "as_parameter",
    "ensure_storable",
]

"""The columns of a live model: the types of a Struct, and the values of a row."""

import datetime
import decimal
import inspect
import types
import typing
import uuid
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db import models

KEY_FIELDS = (
    models.IntegerField,
    models.CharField,
    models.UUIDField,
)  # classes of primary keys that a live model may have
# The first class that a field is an instance of determines its type. Fields of other classes may have any JSON.
TEXTS = (models.CharField, models.TextField, models.DateField, models.TimeField, models.UUIDField)
FILES_AND_ADDRESSES = (models.FileField, models.FilePathField, models.GenericIPAddressField)
FIELD_TYPES: tuple[tuple[Any, type], ...] = (
    (models.BooleanField, bool),
    (models.IntegerField, int),
    ((models.FloatField, models.DecimalField, models.DurationField), float),
    ((*TEXTS, *FILES_AND_ADDRESSES), str),
)
VALUE_TYPES: dict[Any, type] = {
    **{kind: kind for kind in (bool, int, float, str)},
    **dict.fromkeys((decimal.Decimal, datetime.timedelta), float),
    **dict.fromkeys((datetime.datetime, datetime.date, datetime.time, uuid.UUID), str),
}


class Column(NamedTuple):
    """A field of the event: its name, its type in the Struct, and the attribute of a row with its value."""

    name: str
    hint: Any
    attribute: str

    def value_of(self, row: models.Model) -> Any:
        """Return a row's value as JSON has it: numbers for decimals and durations, text for files."""
        value = getattr(row, self.attribute)
        if callable(value) and not isinstance(value, type):
            value = value()
        if isinstance(value, decimal.Decimal):
            return float(value)
        if isinstance(value, datetime.timedelta):
            return value.total_seconds()
        return str(value) if isinstance(value, models.fields.files.FieldFile) else value


def key_column(model: type[models.Model], name: str) -> Column:
    return Column(name, int if isinstance(target_of(model._meta.pk), models.IntegerField) else str, "pk")


def column_of(model: type[models.Model], name: str) -> Column:
    """Return the column of a model's field, property or method."""
    field = field_of(model, name)
    if field is None:
        return Column(name, _hint_of_attribute(getattr(model, name, None)), name)
    found = target_of(field)
    hint = next((hint for kind, hint in FIELD_TYPES if isinstance(found, kind)), Any)
    may_be_null = field.null or isinstance(field, models.GeneratedField)  # which has no option for it
    return Column(name, hint | None if may_be_null and hint is not Any else hint, field.attname)


def field_of(model: type[models.Model], name: str) -> Any:
    """Return a field of the model, or a relation to it; None if there is none."""
    if name == "pk":
        return model._meta.pk
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((field for field in model._meta.concrete_fields if field.attname == name), None)


def target_of(field: Any) -> Any:
    """Return the field whose values this one has: that of the related model, at the end of foreign keys."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return getattr(field, "output_field", field)  # of a GeneratedField


def function_of(attribute: Any) -> Callable[..., Any] | None:
    """Return the function of a property or a method of a model; None for something else."""
    if isinstance(attribute, property):
        return attribute.fget
    if isinstance(attribute, cached_property):
        return attribute.func
    return attribute if inspect.isfunction(attribute) or isinstance(attribute, types.MethodType) else None


def _hint_of_attribute(attribute: Any) -> Any:
    try:
        hint = typing.get_type_hints(function_of(attribute)).get("return", Any)
    except Exception:  # no function, or an annotation that cannot be evaluated here
        return Any
    options = typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else (hint,)
    known = [type(None) if each is type(None) else VALUE_TYPES.get(each) for each in options]
    return Any if None in known else typing.Union[tuple(known)]  # noqa: UP007  # built at run time

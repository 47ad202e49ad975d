"""What cannot work in the declaration of a live model, for the system checks."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.conf import settings as django_settings
from django.db import DatabaseError, models
from django.db.models.query import ModelIterable

from broadcast.errors import did_you_mean
from broadcast.live.columns import KEY_FIELDS, field_of, function_of, target_of

Problem = tuple[str, str]

BY_PROPERTY = "Write a property that returns a number or text, list its name, and call refresh() when the rows change."


def problems_of(where: str, model: Any, key: str, fields: Any, using: str | None) -> Iterator[Problem]:
    """Yield each problem of a class with these attributes, with a hint. A project's class may be untyped."""
    if not isinstance(model, type) or not issubclass(model, models.Model):
        yield f"{where}: its model is {model!r}", "Set model to a model class, as in: model = Order"
        return
    options = cast(Any, model)._meta
    if options.abstract or options.swapped:
        yield f"{where}: {model.__name__} has no table of its own", "Set model to a model with a table."
        return
    if using is not None and using not in django_settings.DATABASES:
        yield f'{where}: DATABASES has no alias "{using}"', "Set using to an alias of DATABASES, or remove it."
    if key not in ("pk", options.pk.name, options.pk.attname):
        hint = f'Set key to "pk" or "{options.pk.name}": other fields of a row may change, and its entry must not move.'
        yield f'{where}: key is "{key}", which is not the primary key', hint
    if not isinstance(target_of(options.pk), KEY_FIELDS):
        hint = "Use a model whose primary key is a whole number, text or a UUID."
        yield f"{where}: the primary key of {model.__name__} is a {type(options.pk).__name__}", hint
    yield from _field_problems(model, where, fields)


def queryset_problems(where: str, model: Any, get_queryset: Callable[[], Any]) -> Iterator[Problem]:
    """Yield a problem if the rows cannot be looked up one by one."""
    hint = f"Return a queryset such as {model.__name__}.objects.filter(…); max_keys limits the number of rows."
    try:
        rows = get_queryset()
    except DatabaseError:  # it queries, and there may be no tables yet
        return
    except Exception as exc:  # of the project
        yield f"{where}: get_queryset() raises {type(exc).__name__}: {exc}", hint
        return
    if not isinstance(rows, models.QuerySet) or rows.model._meta.concrete_model is not model._meta.concrete_model:
        kind = f"of {rows.model.__name__}" if isinstance(rows, models.QuerySet) else type(rows).__name__
        yield f"{where}: get_queryset() returns {kind}, not a queryset of {model.__name__}", hint
    elif rows.query.is_sliced or rows.query.combinator:
        yield f"{where}: get_queryset() is sliced or combined, so it cannot be filtered", hint
    elif cast(Any, rows)._iterable_class is not ModelIterable:
        yield f"{where}: get_queryset() returns values, not instances of {model.__name__}", hint


def _field_problems(model: type[models.Model], where: str, fields: Any) -> Iterator[Problem]:
    if not isinstance(fields, list | tuple) or not fields:
        names = ", ".join(f'"{field.name}"' for field in model._meta.concrete_fields[:3])
        yield f"{where}: fields is {fields!r}", f"List what the board displays, as in: fields = [{names}]"
        return
    for name in fields:
        if problem := _field_problem(model, name):
            yield f"{where}: {problem[0]}", problem[1]
    for name in sorted({str(name) for name in fields if fields.count(name) > 1}):
        yield f'{where}: fields has "{name}" twice', "List it once."


def _field_problem(model: type[models.Model], name: Any) -> Problem | None:
    if name == "type":
        return '"type" is the field of an event with its event type', BY_PROPERTY
    field = field_of(model, name) if isinstance(name, str) else None
    if field is None:
        return _attribute_problem(model, name)
    if not field.concrete or field.many_to_many:
        return f'"{name}" is a relation to rows of another table', BY_PROPERTY
    if isinstance(target_of(field), models.BinaryField):
        return f'"{name}" is a {type(field).__name__}, which has no JSON form', BY_PROPERTY
    return None


def _attribute_problem(model: type[models.Model], name: Any) -> Problem | None:
    attribute = getattr(model, name, None) if isinstance(name, str) else None
    function = function_of(attribute)
    if function is None:
        known = [field.name for field in model._meta.concrete_fields]
        near = did_you_mean(str(name), known)
        hint = f"The fields are {', '.join(known)}; properties and methods of the model work as well."
        return f'{model.__name__} has no field "{name}"{near}', BY_PROPERTY if "__" in str(name) else hint
    required = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
    if getattr(attribute, "alters_data", False) or len(required) > 1:
        return f'"{name}" is a method that changes the row, or needs arguments', BY_PROPERTY
    if inspect.iscoroutinefunction(function):
        return f'"{name}" is an async method, and rows are read in a thread', BY_PROPERTY
    return None

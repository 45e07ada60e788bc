"""A vertical's fields in the words of reading (which column is it?) and of field types (how is it read?)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast, get_args

from ..offers import VerticalField
from .fields import STANDARD_FIELDS as STANDARD_TYPES
from .fields import Field, FieldType
from .reading import STANDARD_FIELDS, FieldDescription
from .reading import FieldType as ColumnType

#: What reading knows to tell by looks; everything else is text to it.
_LOOKS: Final = frozenset(get_args(ColumnType))


def column_descriptions(own: Sequence[VerticalField]) -> tuple[FieldDescription, ...]:
    """All fields a column can be mapped to: the standard ones, then the vertical's own."""
    names = {field.name for field in STANDARD_FIELDS}
    described = []
    for field in own:
        if field.name not in names:
            looks = cast(ColumnType, field.type) if field.type in _LOOKS else "text"
            words = (field.label, *(str(word) for word in field.synonyms))
            described.append(FieldDescription(field.name, looks, words))
    return (*described, *STANDARD_FIELDS)


def field_types(own: Sequence[VerticalField]) -> dict[str, Field]:
    """The vertical's own fields by name; a standard name keeps its standard type."""
    return {
        field.name: STANDARD_TYPES.get(field.name) or Field(field.name, FieldType(field.type), field.choices)
        for field in own
    }


def mappable_names(own: Sequence[VerticalField]) -> frozenset[str]:
    """The names that a mapping may use."""
    return frozenset(field.name for field in column_descriptions(own))

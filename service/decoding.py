"""Bodies decoded by type, texts looked at for control characters only where a body can have any.

A pattern costs more than all else that decoding a text does. JSON keeps control characters out of
its texts unless they are escaped, so in a body of ASCII without a backslash and without DEL no text
can hold what `LINE` and `PROSE` refuse: there they need not be asked.
Source: RFC 8259, section 7.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Final, Generic, TypeVar, Union, cast, get_args, get_origin

import msgspec
from msgspec import Meta

from service.wire import LINE, PROSE

T = TypeVar("T", bound=msgspec.Struct)

LIMITS: Final = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length", "tz")


class Decoder(Generic[T]):
    """Decode one struct, or a list of them (`decode_all`), the faster way where that is the same.

    Raises what msgspec's decoder raises. What is returned is of the struct's type or of one that
    derives from it.
    """

    def __init__(self, kind: type[T]) -> None:
        """Prepare both ways."""
        bare = cast("type[T]", _bare(kind))
        self._one = msgspec.json.Decoder(kind), msgspec.json.Decoder(bare)
        self._all = (
            msgspec.json.Decoder(list[kind]),  # type: ignore[valid-type]  # at run time
            msgspec.json.Decoder(list[bare]),  # type: ignore[valid-type]
        )

    def decode(self, body: bytes | msgspec.Raw) -> T:
        """Decode one."""
        found: T = self._one[clean(bytes(body))].decode(body)
        return found

    def decode_all(self, body: bytes | msgspec.Raw) -> list[T]:
        """Decode an array."""
        found: list[T] = self._all[clean(bytes(body))].decode(body)
        return found


def decoder_of(kind: type[T]) -> Decoder[T]:
    """Return the decoder of a type, made once."""
    return _made(kind)


@cache
def _made(kind: type[msgspec.Struct]) -> Decoder[Any]:
    return Decoder(kind)


def clean(body: bytes) -> bool:
    """Say whether no text of a JSON body can hold a control character.

    >>> clean(b'{"a": "b"}'), clean(b'{"a": "b\\\\u0001"}'), clean(b'{"a": "b\\x7f"}')
    (True, False, False)
    """
    return body.isascii() and b"\\" not in body and b"\x7f" not in body


@cache
def _bare(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return a type that differs in that its texts may hold control characters."""
    fields = []
    for field in msgspec.structs.fields(kind):
        bare = _without(field.type)
        if bare != field.type:
            fields.append((field.name, bare, _default(field)))
    if not fields:
        return kind
    return msgspec.defstruct(kind.__name__, fields, bases=(kind,), kw_only=True)


def _default(field: msgspec.structs.FieldInfo) -> Any:
    name = field.encode_name
    if field.default is not msgspec.NODEFAULT:
        return msgspec.field(name=name, default=field.default)
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(name=name, default_factory=field.default_factory)
    return msgspec.field(name=name)


def _without(kind: Any) -> Any:
    """Return a field's type without `LINE` and `PROSE`, at any depth."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _bare(kind)
    parts = get_args(kind)
    if get_origin(kind) is Annotated:
        metas = [_unpatterned(one) if isinstance(one, Meta) else one for one in parts[1:]]
        return Annotated[(_without(parts[0]), *metas)]
    if get_origin(kind) is list:
        return list[_without(parts[0])]  # type: ignore[misc]  # at run time
    if parts and type(None) in parts:
        return Union[tuple(_without(part) for part in parts)]  # noqa: UP007  built at run time
    return kind


def _unpatterned(meta: Meta) -> Meta:
    if meta.pattern not in {LINE, PROSE}:
        return meta
    return Meta(**{name: getattr(meta, name) for name in LIMITS if getattr(meta, name) is not None})

"""Every error of the product, in one tree: each has a stable `code` and an HTTP status.

    SmartcardError
    ├── Refused                   the caller has to change something
    │   ├── Malformed             400  malformed             not the syntax it claims to be
    │   ├── Unauthenticated       401  unauthenticated       no key, or none that is known
    │   ├── Forbidden             403  forbidden             the key may not do this
    │   ├── NotFound              404  not_found             absent, or another tenant's
    │   ├── Conflict              409  conflict              the stored state has moved on
    │   │   └── ModelRefused      409  model_refused         a version that must not serve
    │   ├── TooLarge              413  too_large             more than one call may carry
    │   ├── UnsupportedMedia      415  unsupported_media     a content type nobody reads here
    │   └── Invalid               422  invalid               well-formed, but wrong, field by field
    ├── Unavailable               the same call may succeed later; has `retry_after`
    │   ├── RateLimited           429  rate_limited          more calls than agreed
    │   ├── Overloaded            503  overloaded            the queue of the log is full
    │   ├── WarmingUp             503  warming_up            not ready yet
    │   └── StoreUnavailable      503  store_unavailable     the store cannot be read or written
    └── Broken                    the operator has to change something
        ├── Misconfigured         500  misconfigured         a setting, a file or a library is wrong
        │   └── UnknownScheme     500  unknown_scheme        a store URL that no adapter opens
        └── NotFitted             500  not_fitted            a model was asked before it was fitted

The service has one handler for the tree; nothing defines an error elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class BadField(NamedTuple):
    """Point at one wrong value: `where` is a path such as `items[3].price`, `code` is stable."""

    where: str
    detail: str
    code: str = "invalid"


class SmartcardError(Exception):
    """Stand at the root: `detail` is a sentence for whoever reads the reply or the terminal."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(SmartcardError):  # noqa: N818  the names are what the reply's code says
    """Say that the same call will fail again until the caller changes it."""


class Malformed(Refused):
    """Refuse a body that is not the syntax it claims to be."""

    code = "malformed"
    status = 400


class Unauthenticated(Refused):
    """Refuse a call without a known key."""

    code = "unauthenticated"
    status = 401


class Forbidden(Refused):
    """Refuse what this key may not do."""

    code = "forbidden"
    status = 403


class NotFound(Refused):
    """Say that there is no such thing for this tenant."""

    code = "not_found"
    status = 404


class Conflict(Refused):
    """Refuse a change to a state that has moved on."""

    code = "conflict"
    status = 409


class ModelRefused(Conflict):
    """Refuse a model version that must not serve, such as one fitted on other features."""

    code = "model_refused"


class TooLarge(Refused):
    """Refuse more than one call may carry."""

    code = "too_large"
    status = 413


class UnsupportedMedia(Refused):
    """Refuse a content type nobody reads here."""

    code = "unsupported_media"
    status = 415


class Invalid(Refused):
    """Refuse a well-formed value that is wrong, naming every wrong field."""

    code = "invalid"
    status = 422

    def __init__(self, detail: str, fields: Iterable[BadField] = ()) -> None:
        super().__init__(detail)
        self.fields = tuple(fields)


class Unavailable(SmartcardError):  # noqa: N818  as above
    """Say that the same call may succeed after `retry_after` seconds."""

    status = 503

    def __init__(self, detail: str, *, retry_after: float = 1.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RateLimited(Unavailable):
    """Refuse a call beyond the agreed rate."""

    code = "rate_limited"
    status = 429


class Overloaded(Unavailable):
    """Refuse events while the queue of the log is full."""

    code = "overloaded"


class WarmingUp(Unavailable):
    """Refuse calls until the service is ready."""

    code = "warming_up"


class StoreUnavailable(Unavailable):
    """Say that a store cannot be read or written now; nothing of the failed call was kept."""

    code = "store_unavailable"


class Broken(SmartcardError):  # noqa: N818  as above
    """Say that the operator has to change something."""


class Misconfigured(Broken):
    """Name the setting, file or library that is wrong."""

    code = "misconfigured"


class UnknownScheme(Misconfigured):
    """Refuse a store URL that no adapter opens, naming the schemes that are known."""

    code = "unknown_scheme"


class NotFitted(Broken):
    """Say that a model was asked before it was fitted or loaded."""

    code = "not_fitted"

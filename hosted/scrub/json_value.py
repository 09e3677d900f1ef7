"""The type of what is scrubbed."""

from typing import Any, TypeAlias

Json: TypeAlias = Any
"""Any JSON value: object, list, text, number, boolean or null."""
Container: TypeAlias = dict[str, Any] | list[Any]
"""Where a value is put, by a name or an index."""
Place: TypeAlias = Any
"""The name or index."""

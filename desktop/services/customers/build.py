"""Puts the services about customers together."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.customers.detail import CustomerDetailService
from desktop.services.customers.edits import CustomerEditService
from desktop.services.customers.listing import CustomerListService
from desktop.services.invoicing import InvoiceService

if TYPE_CHECKING:
    from desktop.domain.usage import Stamp
    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class CustomerGround:
    """What the services about customers stand on."""

    vault: "Vault"
    rows: "RowEditor"
    stamp: "Callable[[], Stamp]"
    """Says how current the vault is."""
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CustomerServices:
    """Everything about customers that the window and the command line may ask for."""

    edits: CustomerEditService
    list: CustomerListService
    details: CustomerDetailService

    def all(self) -> tuple[object, ...]:
        """The services themselves: what calls may be answered by."""
        return tuple(getattr(self, field.name) for field in fields(self))


def build_customers(ground: CustomerGround) -> CustomerServices:
    """Build the services; reads and writes nothing yet."""
    vault, clock = ground.vault, ground.clock
    invoices = InvoiceService(vault, ground.stamp, clock)
    return CustomerServices(
        edits=CustomerEditService(vault, ground.rows, clock),
        list=CustomerListService(vault, ground.stamp, clock),
        details=CustomerDetailService(vault, invoices, ground.stamp, clock),
    )

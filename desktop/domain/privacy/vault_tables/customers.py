"""Tables of the vault about customers: their rows, and the list that is kept of them."""

from typing import Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.holdings import Erasure, Holding, nothing, personal

TABLES: Final[tuple[Holding, ...]] = (
    personal(
        "configuration",
        "entity entity_id application_id body revision epoch state problem",
        Category.ACCOUNT,
        "Names and sealed identities of customers, their own limits, plans and blocks.",
        (Erasure.DELETE, "customers"),
    ),
    personal(
        "customer_list",
        "number list_number customer_id name sort_name words plan_id members requests units "
        "month_rank last_day",
        Category.USAGE,
        "The list of customers: the name the owner gave, the plan, and sums of what was used.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_words",
        "list_number word number",
        Category.ACCOUNT,
        "Words of customers' names, to find them by.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_list_merges",
        "list_number customer_id into_id",
        Category.CONFIGURATION,
        "Which ids the list shows as one customer.",
        (Erasure.FOLLOWS, ""),
    ),
    personal(
        "customer_notes",
        "position application_id customer_id day requests units",
        Category.USAGE,
        "Changes of usage that wait to be taken into the list of customers.",
        (Erasure.FOLLOWS, ""),
    ),
    nothing(
        "customer_lists",
        "list_number application_id size",
        "Which list of customers belongs to which application.",
    ),
    nothing("customer_list_day", "one counted_on", "The day whose plans the list shows."),
)

"""What a charge has to be, in exact rationals, straight from the published definitions.

Shares nothing with the engine: no scaled numbers, no compiled rules. Slow and plain on purpose.
Rules and usage are the JSON that `usageflow rate` takes.
"""

from fractions import Fraction
from math import ceil, floor

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}


class Refused(Exception):
    """The definitions have no charge for this."""


def number(owner, name, default=0):
    value = owner.get(name)
    return Fraction(default) if value is None else Fraction(value)


def to_minor_unit(amount, rule):
    """Half away from zero, unless the rule says that nothing is rounded."""
    if rule.get("rounding") == "none":
        return amount
    own = rule.get("currency_digits")
    scale = 10 ** (DIGITS[rule["currency"]] if own is None else own)
    size = floor(abs(amount) * scale + Fraction(1, 2))
    return Fraction(size if amount >= 0 else -size, scale)


def billed_units(quantity, rule):
    """Converted, rounded, then reduced by what is free."""
    units = max(quantity, Fraction(0))
    conversion = rule.get("unit_conversion")
    if conversion:
        factor = Fraction(conversion["factor"])
        units = units * factor if conversion["operation"] == "multiply" else units / factor
        rounded = {
            "ceiling": ceil, "floor": floor, "half_up": lambda u: floor(u + Fraction(1, 2)),
        }.get(conversion.get("rounding"))  # fmt: skip
        units = Fraction(rounded(units)) if rounded else units
    return max(units - number(rule, "free_units") - number(rule, "discount_units"), Fraction(0))


def slices(rule):
    """Every tier with the bound below it."""
    lower = Fraction(0)
    for tier in rule["tiers"]:
        upper = tier.get("up_to")
        yield lower, None if upper is None else Fraction(upper), tier
        lower = lower if upper is None else Fraction(upper)


def inside(lower, upper, quantity):
    """How much of a quantity lies in (lower, upper]."""
    capped = quantity if upper is None else min(quantity, upper)
    return max(capped - lower, Fraction(0))


def reached(rule, quantity, *, open_end=False):
    """The first tier whose inclusive bound is not below the quantity."""
    for _, upper, tier in slices(rule):
        if upper is None or quantity <= upper:
            return tier
    assert open_end
    return rule["tiers"][-1]


def touched_flats(rule, quantity):
    return [
        number(tier, "flat_amount")
        for lower, _, tier in slices(rule)
        if lower == 0 or quantity > lower
    ]


def packages(units, tier):
    return ceil(units / Fraction(tier["package_size"])) * Fraction(tier["package_amount"])


def by_quantity(rule, quantity, tier_quantity):  # noqa: PLR0911 (one a model)
    """Components of the models of one quantity, each to be rounded by itself."""
    units, reach = billed_units(quantity, rule), billed_units(tier_quantity, rule)
    match rule["model"]:
        case "per_unit":
            return [units * Fraction(rule["unit_amount"])]
        case "dynamic":
            return [units * number(rule, "multiplier", 1)]
        case "package":
            size, least = Fraction(rule["package_size"]), int(rule.get("minimum_packages") or 0)
            return [max(ceil(units / size), least) * Fraction(rule["package_amount"])]
        case "graduated":
            parts = [inside(lo, hi, units) * number(t, "unit_amount") for lo, hi, t in slices(rule)]
            return parts + touched_flats(rule, units)
        case "graduated_percentage":
            parts = [inside(lo, hi, units) * number(t, "rate") / 100 for lo, hi, t in slices(rule)]
            return parts + touched_flats(rule, units)
        case "graduated_package":
            opened = open_last(rule)
            parts = [packages(inside(lo, hi, units), tier) for lo, hi, tier in slices(opened)]
            return parts + touched_flats(opened, units)
        case "volume":
            tier = reached(rule, reach)
            return [units * number(tier, "unit_amount"), number(tier, "flat_amount")]
        case "volume_package":
            tier = reached(rule, reach, open_end=True)
            return [packages(units, tier), number(tier, "flat_amount")]


def open_last(rule):
    return {**rule, "tiers": [*rule["tiers"][:-1], {**rule["tiers"][-1], "up_to": None}]}


def percentage(rule, amounts):
    """All events together: the allowance that is used up first ends the free part."""
    whole = max(sum(amounts, Fraction(0)), Fraction(0))
    if whole == 0:
        return [Fraction(0)]
    count, limit = int(rule.get("free_events") or 0), number(rule, "free_amount")
    free, free_count = Fraction(0), 0
    if count or limit:
        while free_count < len(amounts):
            if count and free_count == count:
                break
            if limit and free + amounts[free_count] >= limit:
                free = limit
                break
            free += amounts[free_count]
            free_count += 1
    rate, fixed = number(rule, "rate") / 100, number(rule, "fixed_amount")
    taxed = max(whole - max(free, Fraction(0)), Fraction(0))
    return [taxed * rate + (len(amounts) - free_count) * fixed]


def separate_events(rule, amounts):
    """Each event alone, fixed fee inside the limits, while free events or free amount last."""
    events_left, amount_left = int(rule.get("free_events") or 0), number(rule, "free_amount")
    first_ends_both = rule.get("allowances") == "first" and events_left > 0
    due = Fraction(0)
    for index, amount in enumerate(amounts):
        paid = amount
        if first_ends_both and index == int(rule["free_events"]):
            amount_left = Fraction(0)
        if events_left > 0 or amount_left > 0:
            if amount_left == 0:
                events_left -= 1
                continue
            if amount < amount_left:
                events_left -= 1
                amount_left -= amount
                continue
            paid = amount - amount_left
            events_left = amount_left = 0
        price = paid * number(rule, "rate") / 100 + number(rule, "fixed_amount")
        if rule.get("per_event_min") is not None:
            price = max(price, Fraction(rule["per_event_min"]))
        if rule.get("per_event_max") is not None:
            price = min(price, Fraction(rule["per_event_max"]))
        due += price if amount >= 0 else 0
    return [due]


def by_dimension(rule, events):
    """A tier's unit part is the overlap of every event's span with it, at the event's rate."""
    position, peak = Fraction(0), Fraction(0)
    parts = [Fraction(0) for _ in rule["tiers"]]
    for event in events:
        after = position + Fraction(event["units"])
        for index, (lower, upper, tier) in enumerate(slices(rule)):
            floor_ = None if index == 0 else lower
            covered = below(after, floor_, upper) - below(position, floor_, upper)
            parts[index] += covered * number(tier["rates"], event["dimension"])
        position, peak = after, max(peak, after)
    return [max(part, Fraction(0)) for part in parts] + touched_flats(rule, peak)


def below(position, lower, upper):
    """How far a position reaches into a tier; the first one goes on below zero."""
    capped = position if upper is None else min(position, upper)
    return capped if lower is None else max(capped - lower, Fraction(0))


def prorated(rule, events):
    """Share of the cost of moving from one running quantity to the next."""

    def cost(position):
        return sum(
            (
                below(position, None if index == 0 else lower, upper) * number(tier, "unit_amount")
                for index, (lower, upper, tier) in enumerate(slices(rule))
            ),
            Fraction(0),
        )

    position, peak, due = Fraction(0), Fraction(0), Fraction(0)
    for event in events:
        full = Fraction(event["units"])
        paid = number(event, "prorated_units", full)
        if paid == 0 and (full > 0 or position + full < 0):
            continue  # outside the period, or the removal of what was
        if full:
            due += paid / full * (cost(position + full) - cost(position))
        position += full
        peak = max(peak, position)
    if position < 0:
        return [Fraction(0)]
    return [max(due, Fraction(0)), *touched_flats(rule, peak)]


def capacity(rule, peaks):
    for tier in rule["tiers"]:
        limits = tier.get("limits") or {}
        if all(
            limits.get(name) is None or Fraction(peak) <= Fraction(limits[name])
            for name, peak in peaks.items()
        ):
            return [Fraction(tier["price"])]
    raise Refused


def units_of(event):
    return Fraction(event["units"] if isinstance(event, dict) else event)


def components(rule, usage):  # noqa: PLR0911 (one a kind of model)
    """What all usage so far costs, in the parts that are rounded by themselves."""
    events = usage.get("events")
    amounts = [units_of(event) for event in events or []]
    quantity = Fraction(usage.get("quantity") or sum(amounts, Fraction(0)))
    match rule["model"]:
        case "flat":
            return [Fraction(rule["amount"])]
        case "percentage":
            listed = amounts if events is not None else [quantity]
            is_separate = rule.get("allowances") == "both" or any(
                rule.get(name) for name in ("per_event_min", "per_event_max", "variant")
            )
            return (separate_events if is_separate else percentage)(rule, listed)
        case "event_priced":
            groups = usage.get("groups")
            sums = [quantity] if groups is None else [sum(map(Fraction, g)) for g in groups]
            return [max(Fraction(each), Fraction(0)) for each in sums]
        case "graduated_by_dimension":
            return by_dimension(rule, events)
        case "prorated_graduated":
            return prorated(rule, events)
        case "capacity":
            return capacity(rule, usage["units"])
    if usage.get("groups"):
        each = [sum(map(Fraction, group), Fraction(0)) for group in usage["groups"]]
        return [part for units in each for part in by_quantity(rule, units, units)]
    return by_quantity(rule, quantity, number(usage, "tier_quantity", quantity))


def so_far(rule, usage):
    """The total, discounted and capped."""
    rate = number(rule, "conversion_rate", 1)
    each = rule | {"rounding": "none"} if rule.get("rounding") == "charge" else rule
    due = Fraction(0)
    for component in components(rule, usage):
        amount = to_minor_unit(component * rate, each)
        due += amount - to_minor_unit(amount * number(rule, "discount_percent") / 100, each)
    due = to_minor_unit(due, rule)
    return due if rule.get("max") is None else min(due, to_minor_unit(Fraction(rule["max"]), rule))


def charge(rule, usage):
    """The charge of this part of the period, after credits."""
    position = usage.get("position") or "only"
    is_flat, is_ahead = rule["model"] == "flat", rule.get("payment_term") != "in_arrears"
    waits = rule.get("bill_only_at_end") or (is_flat and not is_ahead)
    if waits and position in {"first", "middle"}:
        return after_credits(rule, usage, Fraction(0))
    due = before = so_far(rule, usage)
    if position in {"only", "last"} and rule.get("min") is not None:
        due = max(due, to_minor_unit(Fraction(rule["min"]), rule))
    if is_flat and not waits and position in {"middle", "last"}:
        due -= before
    elif usage.get("previous_billed") is not None:
        due -= to_minor_unit(Fraction(usage["previous_billed"]), rule)
    elif usage.get("previous_quantity") is not None and not is_flat and not waits:
        earlier = Fraction(usage["previous_quantity"])
        if earlier > 0 or position in {"middle", "last"}:
            due -= so_far(rule, {"quantity": usage["previous_quantity"]})
    return after_credits(rule, usage, due)


def after_credits(rule, usage, due):
    for credit in usage.get("credits") or []:
        amount = to_minor_unit(Fraction(credit), rule)
        if amount > max(due, 0):
            raise Refused
        due -= amount
    return due

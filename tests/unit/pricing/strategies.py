"""Rules and usages of every model, as JSON, with the numbers that break price engines."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from contract.pricing.exact import text_of

QUANTITY_MODELS = (
    "per_unit", "graduated", "volume", "package", "graduated_percentage", "graduated_package",
    "volume_package", "dynamic",
)  # fmt: skip
EVENT_MODELS = (
    "flat", "percentage", "event_priced", "graduated_by_dimension", "capacity",
    "prorated_graduated",
)  # fmt: skip


def decimals(most_units, places):
    """Decimal text from 0 up, with up to this many decimals."""
    return st.builds(
        lambda units, p: text_of(Fraction(units, 10**p)),
        st.integers(0, most_units),
        st.integers(0, places),
    )


prices = st.one_of(
    decimals(500, 2),
    decimals(10**6, 12),
    st.sampled_from(["0", "0.004", "0.005", "0.000000000001", "0.067", "1", "99999999999999"]),
)
percents = st.one_of(decimals(100, 0), decimals(99, 4), st.sampled_from(["0", "12.5", "100"]))
sizes = st.one_of(st.sampled_from(["1", "3", "10", "0.5", "1000"]), decimals(90, 3)).filter(
    lambda size: Decimal(size) > 0
)
quantities = st.one_of(
    decimals(300, 0),
    decimals(10**7, 12),
    st.sampled_from(["0", "-1", "-0.5", "1e30", "123456789012345678901234567890.123456789012"]),
)
currencies = st.sampled_from(
    [{"currency": "USD"}, {"currency": "JPY"}, {"currency": "KWD"}]
    + [{"currency": "TOKEN", "currency_digits": digits} for digits in (0, 1, 8)]
)


@st.composite
def bounds(draw, most=4):
    """Ascending bounds of all tiers but the last."""
    steps = draw(st.lists(sizes, max_size=most))
    reached, found = Fraction(0), []
    for step in steps:
        reached += Fraction(step)
        found.append(text_of(reached))
    return found


@st.composite
def limits(draw, least, most):
    """A minimum and a maximum, of which either may be missing."""
    found = zip((least, most), sorted(draw(st.tuples(prices, prices)), key=Fraction), strict=True)
    return {name: limit for name, limit in found if draw(st.booleans())}


@st.composite
def shared(draw):
    """What every model can have."""
    rule = dict(draw(currencies))
    rule["rounding"] = draw(st.sampled_from(["currency", "currency", "charge", "none"]))
    if draw(st.booleans()):
        rule["discount_percent"] = draw(percents)
    if draw(st.booleans()):
        rule["conversion_rate"] = draw(sizes)
    rule |= draw(limits("min", "max"))
    rule["bill_only_at_end"] = draw(st.sampled_from([False, False, True]))
    return rule


@st.composite
def unit_modifiers(draw):
    """What models of one quantity can have."""
    rule = {}
    if draw(st.booleans()):
        rule["free_units"] = draw(decimals(50, 2))
    if draw(st.booleans()):
        rule["discount_units"] = draw(decimals(50, 2))
    if draw(st.booleans()):
        rule["unit_conversion"] = {
            "operation": draw(st.sampled_from(["multiply", "divide"])),
            "factor": draw(sizes),
            "rounding": draw(st.sampled_from(["none", "ceiling", "floor", "half_up"])),
        }
    return rule


@st.composite
def tiers(draw, model):
    found = []
    for up_to in [*draw(bounds()), None]:
        tier = {"up_to": up_to}
        if draw(st.booleans()):
            tier["flat_amount"] = draw(prices)
        match model:
            case "graduated_percentage":
                tier["rate"] = draw(percents)
            case "graduated_package" | "volume_package":
                tier |= {"package_size": draw(sizes), "package_amount": draw(prices)}
            case "graduated_by_dimension":
                tier["rates"] = {"eu": draw(prices), "us": draw(prices)}
            case _:
                tier["unit_amount"] = draw(prices)
        found.append(tier)
    return found


@st.composite
def own_fields(draw, model):  # noqa: PLR0911 (one a model)
    match model:
        case "flat":
            term = draw(st.sampled_from(["in_advance", "in_arrears"]))
            return {"amount": draw(prices), "payment_term": term}
        case "per_unit":
            return {"unit_amount": draw(prices)}
        case "dynamic":
            return {"multiplier": draw(prices)}
        case "package":
            least = draw(st.sampled_from([None, 0, 1, "3"]))
            packages = {"package_size": draw(sizes), "package_amount": draw(prices)}
            return packages | {"minimum_packages": least}
        case "event_priced":
            return {}
        case "percentage":
            return draw(percentage_fields())
        case "capacity":
            peaks = [*({"calls": b, "seats": b} for b in draw(bounds())), {}]
            return {"tiers": [{"limits": peak, "price": draw(prices)} for peak in peaks]}
    return {"tiers": draw(tiers(model))}


@st.composite
def percentage_fields(draw):
    rule = {"rate": draw(percents)}
    if draw(st.booleans()):
        rule["fixed_amount"] = draw(prices)
    if draw(st.booleans()):
        rule["free_events"] = draw(st.integers(0, 4))
    if draw(st.booleans()):
        rule["free_amount"] = draw(decimals(400, 1))
    rule |= draw(limits("per_event_min", "per_event_max"))
    if draw(st.booleans()):
        rule["variant"] = "single_event_estimate"
    rule["allowances"] = draw(st.sampled_from([None, "first", "both"]))
    return rule


@st.composite
def rules(draw, models):
    model = draw(st.sampled_from(models))
    rule = {"model": model, **draw(shared()), **draw(own_fields(model))}
    if model in QUANTITY_MODELS:
        rule |= draw(unit_modifiers())
    return rule


@st.composite
def quantity_near(draw, rule):
    """A quantity that may lie at a bound of the rule, or one unit beside it."""
    edges = [Fraction(t["up_to"]) for t in rule.get("tiers", ()) if t.get("up_to") is not None]
    if not edges or draw(st.booleans()):
        return draw(quantities)
    beside = draw(st.sampled_from([0, 1, -1, Fraction(1, 10**12), -Fraction(1, 10**12)]))
    return text_of(draw(st.sampled_from(edges)) + beside)


@st.composite
def usages(draw, rule):
    """Usage for a rule, any part of a period, billed before or not, with and without credits."""
    usage = {"position": draw(st.sampled_from(["only", "first", "middle", "last"]))}
    usage |= draw(measured(rule))
    if draw(st.booleans()):
        usage["previous_billed"] = draw(prices)
    elif rule["model"] in QUANTITY_MODELS and "quantity" in usage and draw(st.booleans()):
        usage |= {"previous_quantity": draw(quantity_near(rule)), "tier_quantity": None}
    if draw(st.integers(0, 4)) == 0:
        usage["credits"] = draw(st.lists(prices, max_size=2))
    return usage


@st.composite
def measured(draw, rule):  # noqa: PLR0911 (one a kind of model)
    match rule["model"]:
        case "flat":
            return {}
        case "capacity":
            peaks = {name: draw(quantity_near(rule)) for name in ("calls", "seats")}
            return {"units": peaks}
        case "percentage":
            return {"events": draw(amounts(rule))}
        case "event_priced":
            return {"groups": draw(st.lists(st.lists(quantities, max_size=3), max_size=4))}
        case "graduated_by_dimension" | "prorated_graduated":
            return {"events": draw(events(rule))}
    if draw(st.integers(0, 5)) == 0:
        return {"groups": draw(st.lists(st.lists(quantities, max_size=3), max_size=3))}
    usage = {"quantity": draw(quantity_near(rule))}
    if rule["model"] in {"volume", "volume_package"} and draw(st.booleans()):
        usage["tier_quantity"] = draw(quantity_near(rule))
    return usage


@st.composite
def amounts(draw, rule):
    """Amounts of events whose sum may land on the free amount exactly."""
    found = draw(st.lists(quantities, max_size=5))
    before = sum(map(Fraction, found[:2]), Fraction(0))
    if draw(st.booleans()):
        found.insert(2, text_of(Fraction(rule.get("free_amount") or 0) - before))
    return found


@st.composite
def events(draw, rule):
    """Events that move the running quantity from place to place, up and down, often to a bound."""
    found, running = [], Fraction(0)
    for place in draw(st.lists(quantity_near(rule), max_size=6)):
        units, running = Fraction(place) - running, Fraction(place)
        event = {"units": text_of(units)}
        if rule["model"] == "graduated_by_dimension":
            event["dimension"] = draw(st.sampled_from(["eu", "us"]))
        else:
            share = draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(0)]))
            event["prorated_units"] = text_of(units * share)
        found.append(event)
    return found

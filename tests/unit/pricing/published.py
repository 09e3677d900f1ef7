"""Results that other systems publish in their tests or documentation, as rating requests.

Each has the place it comes from. Amounts are in major units; where a system sums unrounded and
rounds once, the request says `"rounding": "none"`.
"""

from typing import NamedTuple

OM_GRADUATED = "OpenMeter, rating/service/rate/tieredgraduated_test.go"
OM_VOLUME = "OpenMeter, rating/service/rate/tieredvolume_test.go"
OM_UNIT = "OpenMeter, rating/service/rate/unit_test.go"
OM_PACKAGE = "OpenMeter, rating/service/rate/package_test.go"
OM_DYNAMIC = "OpenMeter, rating/service/rate/dynamic_test.go"
OM_FLAT = "OpenMeter, rating/service/rate/flat_test.go"
OM_CONVERSION = "OpenMeter, rating/service/rate/unitconfig_rating_test.go"
OM_CREDITS = "OpenMeter, rating/service/mutator/credits_test.go"
OM_DISCOUNT = "OpenMeter, rating/service/mutator/discountusage_test.go"
OM_SHARES = "OpenMeter, pkg/currencyx/allocation_test.go"
OM_PRORATION = "OpenMeter, charge_test.go"
LAGO_GRADUATED = "Lago, charge_models/graduated_service_spec.rb"
LAGO_VOLUME = "Lago, charge_models/volume_service_spec.rb"
LAGO_PACKAGE = "Lago, charge_models/package_service_spec.rb"
LAGO_PERCENTAGE = "Lago, charge_models/percentage_service_spec.rb"
LAGO_ESTIMATE = "Lago, charges/estimate_instant/percentage_service_spec.rb"
LAGO_GRADUATED_PERCENTAGE = "Lago, charge_models/graduated_percentage_service_spec.rb"
LAGO_PRORATED = "Lago, charge_models/prorated_graduated_service_spec.rb"
LAGO_ADJACENT = "Lago, charge_models/prorated_adjacent_graduated_service_spec.rb"
LAGO_DYNAMIC = "Lago, charge_models/dynamic_service_spec.rb"
LAGO_CUSTOM = "Lago, aggregations/custom_service_spec.rb (charge paid in advance)"
LAGO_UNITS = "Lago, models/pricing_unit_usage_spec.rb"
LAGO_COUPON = "Lago, applied_coupons/amount_service_spec.rb"
LAGO_TRUE_UP = "Lago, fees/create_true_up_service_spec.rb"
LAGO_DOCS = "Lago documentation, graduated percentage charge model"
KILL_BILL_BLOCKS = "Kill Bill, TestContiguousIntervalConsumableInArrear.java"
KILL_BILL_CAPACITY = "Kill Bill, TestContiguousIntervalCapacityInArrear.java"
STRIPE_TIERS = "Stripe documentation, tiered pricing"
STRIPE_DECIMALS = "Stripe documentation, decimal amounts"


class Published(NamedTuple):
    source: str
    rule: dict
    usage: dict
    amount: str
    """Or the field of the error."""


def usd(model, **fields):
    return {"model": model, "currency": "USD", **fields}


def precise(model, **fields):
    return usd(model, rounding="none", **fields)


def tier(up_to, unit_amount=None, flat_amount=None, **more):
    return {"up_to": up_to, "unit_amount": unit_amount, "flat_amount": flat_amount, **more}


OM_TIERS = [tier("5", "0", "100"), tier("10", None, "50"), tier("15", "5"), tier(None, "1")]
OM_VOLUMES = [tier("5", None, "100"), tier("10", None, "150"), tier("15", "10"), tier(None, "5")]
OM_CREDIT_TIERS = [tier("5", None, "100"), tier("10", None, "50"), tier(None, "1")]
LAGO_TIERS = [tier("10", "10", "2"), tier("20", "5", "3"), tier(None, "5", "3")]
LAGO_VOLUMES = [tier("100", "2", "10"), tier("200", "1", "0"), tier(None, "0.5", "50")]
LAGO_PERCENTS = [
    tier("10", rate="1", flat_amount="200"),
    tier("20", rate="2", flat_amount="300"),
    tier(None, rate="3", flat_amount="400"),
]
STRIPE = [tier("5", "7"), tier("10", "6.5"), tier(None, "6")]
PRORATED = [tier("5", "10", "100"), tier(None, "5", "50")]
PRORATED_THREE = [tier("5", "10", "100"), tier("15", "5", "50"), tier(None, "2", "0")]
ADJACENT = [tier("10", "1"), tier("20", "2"), tier(None, "3")]
ONE_WIDE = [tier("2", "1"), tier("3", "2"), tier(None, "3")]
DECIMAL_BOUND = [tier("10.5", "1"), tier(None, "2")]
FLATS_ONLY = [tier("10", None, "100"), tier(None, None, "50")]
ZONES = [
    {"up_to": "10", "rates": {"eu": "0", "us": "0", "asia": "0"}},
    {"up_to": "20", "rates": {"eu": "0.10", "us": "0.20", "asia": "0.30"}},
    {"up_to": None, "rates": {"eu": "0.20", "us": "0.30", "asia": "0.40"}},
]
CAPACITIES = [
    {"limits": {"unit1": "100", "unit2": "1000", "unit3": "50"}, "price": "10"},
    {"limits": {"unit1": "200", "unit2": "2000", "unit3": "100"}, "price": "20"},
    {"limits": {"unit1": None, "unit2": None, "unit3": None}, "price": "30"},
]
BY_1000 = {"operation": "divide", "factor": "1000", "rounding": "ceiling"}
BLOCKS = [
    {"up_to": "1000", "package_size": "100", "package_amount": "1"},
    {"up_to": "101000", "package_size": "1000", "package_amount": "1"},
]
TOP_BLOCKS = [*BLOCKS, {"up_to": "201000", "package_size": "1000", "package_amount": "0.5"}]


def both(full, paid):
    """Events with full and prorated units."""
    pairs = zip(full.split(), paid.split(), strict=True)
    return {"events": [{"units": units, "prorated_units": part} for units, part in pairs]}


def quantity(of, **more):
    return {"quantity": of, **more}


FLAT = [
    Published(OM_FLAT, usd("flat", amount="100"), {"quantity": "1"}, "100"),
    Published(OM_FLAT, usd("flat", amount="100", payment_term="in_arrears"), {}, "100"),
    Published(OM_FLAT, usd("flat", amount="100"), {"position": "middle"}, "0"),
    Published(
        OM_FLAT, usd("flat", amount="100", payment_term="in_arrears"), {"position": "middle"}, "0"
    ),
    Published(
        OM_FLAT, usd("flat", amount="100", payment_term="in_arrears"), {"position": "last"}, "100"
    ),
]
PER_UNIT = [
    Published(OM_UNIT, usd("per_unit", unit_amount="10"), quantity("0"), "0"),
    Published(OM_UNIT, usd("per_unit", unit_amount="10", min="100"), quantity("0"), "100"),
    Published(
        OM_UNIT, usd("per_unit", unit_amount="10", min="100"), quantity("0", position="middle"), "0"
    ),
    Published(
        OM_UNIT,
        usd("per_unit", unit_amount="10", max="100"),
        quantity("12", position="middle", previous_quantity="7", previous_billed="70"),
        "30",
    ),
    Published(
        OM_UNIT,
        usd("per_unit", unit_amount="10", max="100", discount_percent="50"),
        quantity("27", position="middle", previous_quantity="7", previous_billed="35"),
        "65",
    ),
    Published(
        OM_UNIT,
        usd(
            "per_unit",
            unit_amount="1",
            unit_conversion={"operation": "multiply", "factor": "1.2", "rounding": "none"},
        ),
        quantity("100"),
        "120",
    ),
    Published(
        OM_UNIT,
        usd(
            "per_unit",
            unit_amount="5",
            unit_conversion={"operation": "divide", "factor": "1000", "rounding": "floor"},
        ),
        quantity("1999"),
        "5",
    ),
    Published(
        OM_CONVERSION,
        usd("per_unit", unit_amount="10", unit_conversion=BY_1000),
        quantity("1400"),
        "20",
    ),
    Published(
        OM_CONVERSION,
        usd("per_unit", unit_amount="10", unit_conversion=BY_1000, discount_units="0.5"),
        quantity("1400"),
        "15",
    ),
    Published(
        OM_DISCOUNT,
        usd("per_unit", unit_amount="1", discount_units="10"),
        quantity("20", previous_quantity="5", position="middle"),
        "10",
    ),
    Published(STRIPE_DECIMALS, usd("per_unit", unit_amount="0.0005"), quantity("30"), "0.02"),
    Published(
        "Kill Bill, regression test of sub-cent prices",
        usd("per_unit", unit_amount="0.067"),
        quantity("55"),
        "3.69",
    ),
    Published(LAGO_UNITS, usd("per_unit", unit_amount="1", conversion_rate="0.0075"),
              quantity("10655.24"), "79.91"),
]  # fmt: skip
GRADUATED = [
    Published(OM_GRADUATED, usd("graduated", tiers=OM_TIERS), quantity("22"), "182"),
    Published(
        OM_GRADUATED, usd("graduated", tiers=OM_TIERS), quantity("22", previous_quantity="12"), "22"
    ),
    Published(
        OM_GRADUATED,
        usd("graduated", tiers=OM_TIERS),
        quantity("8", previous_quantity="7", position="middle"),
        "0",
    ),
    Published(
        OM_GRADUATED,
        usd("graduated", tiers=OM_TIERS),
        quantity("0", previous_quantity="0", position="last"),
        "0",
    ),
    Published(
        OM_GRADUATED,
        usd("graduated", tiers=OM_TIERS, min="1000"),
        quantity("2", previous_billed="100", position="last"),
        "900",
    ),
    Published(
        OM_GRADUATED,
        usd("graduated", tiers=OM_TIERS, max="170"),
        quantity("22", previous_billed="160", position="middle"),
        "10",
    ),
    Published(
        OM_CONVERSION,
        usd("graduated", tiers=[tier("5", "1"), tier(None, "0.5")], unit_conversion=BY_1000),
        quantity("7400"),
        "6.5",
    ),
    Published(LAGO_GRADUATED, precise("graduated", tiers=LAGO_TIERS), quantity("0"), "2"),
    Published(LAGO_GRADUATED, precise("graduated", tiers=LAGO_TIERS), quantity("10"), "102"),
    Published(LAGO_GRADUATED, precise("graduated", tiers=LAGO_TIERS), quantity("11"), "110"),
    Published(LAGO_GRADUATED, precise("graduated", tiers=LAGO_TIERS), quantity("21"), "163"),
    Published(
        LAGO_GRADUATED,
        precise("graduated", tiers=[tier("0.1", "10"), tier("1", "5"), tier(None, "2")]),
        quantity("0.5"),
        "3",
    ),
    Published(STRIPE_TIERS, usd("graduated", tiers=STRIPE), quantity("5"), "35"),
    Published(STRIPE_TIERS, usd("graduated", tiers=STRIPE), quantity("20"), "127.5"),
]
VOLUME = [
    Published(
        OM_VOLUME,
        usd("volume", tiers=OM_VOLUMES, bill_only_at_end=True),
        quantity("10", position="middle"),
        "0",
    ),
    Published(OM_VOLUME, usd("volume", tiers=OM_VOLUMES), quantity("0", position="last"), "100"),
    Published(OM_VOLUME, usd("volume", tiers=OM_VOLUMES), quantity("5"), "100"),
    Published(OM_VOLUME, usd("volume", tiers=OM_VOLUMES), quantity("15"), "150"),
    Published(OM_VOLUME, usd("volume", tiers=OM_VOLUMES), quantity("16"), "80"),
    Published(OM_VOLUME, usd("volume", tiers=OM_VOLUMES, min="150"), quantity("5"), "150"),
    Published(
        "OpenMeter, delta engine of progressive billing",
        usd("volume", tiers=OM_VOLUMES),
        quantity("16", previous_quantity="15", position="middle"),
        "-70",
    ),
    Published(LAGO_VOLUME, precise("volume", tiers=LAGO_VOLUMES), quantity("0"), "10"),
    Published(LAGO_VOLUME, precise("volume", tiers=LAGO_VOLUMES), quantity("100"), "210"),
    Published(LAGO_VOLUME, precise("volume", tiers=LAGO_VOLUMES), quantity("100.5"), "100.5"),
    Published(LAGO_VOLUME, precise("volume", tiers=LAGO_VOLUMES), quantity("300"), "200"),
    Published(
        LAGO_VOLUME,
        precise("volume", tiers=LAGO_VOLUMES),
        quantity("198.6", tier_quantity="300"),
        "149.3",
    ),
    Published(STRIPE_TIERS, usd("volume", tiers=STRIPE), quantity("6"), "39"),
]
PACKAGES = [
    Published(OM_PACKAGE, usd("package", package_size="10", package_amount="15"),
              quantity("0"), "0"),
    Published(OM_PACKAGE, usd("package", package_size="10", package_amount="15", min="100"),
              quantity("0"), "100"),
    Published(OM_PACKAGE, usd("package", package_size="10", package_amount="15"),
              quantity("10"), "15"),
    Published(OM_PACKAGE, usd("package", package_size="10", package_amount="15"),
              quantity("22", previous_quantity="17", position="middle"), "15"),
    Published(OM_PACKAGE, usd("package", package_size="10", package_amount="15", max="100"),
              quantity("110", previous_billed="90", position="middle"), "10"),
    Published(LAGO_PACKAGE, usd("package", package_size="10", package_amount="100"),
              quantity("121"), "1300"),
    Published(LAGO_PACKAGE,
              usd("package", package_size="10", package_amount="100", free_units="10"),
              quantity("121"), "1200"),
    Published(LAGO_PACKAGE,
              usd("package", package_size="10", package_amount="100", free_units="200"),
              quantity("121"), "0"),
    Published(KILL_BILL_BLOCKS, usd("graduated_package", tiers=BLOCKS), quantity("5325"), "15"),
    Published(KILL_BILL_BLOCKS, usd("volume_package", tiers=TOP_BLOCKS), quantity("1000"), "10"),
    Published(KILL_BILL_BLOCKS, usd("volume_package", tiers=TOP_BLOCKS),
              quantity("101000"), "101"),
    Published(KILL_BILL_BLOCKS, usd("volume_package", tiers=TOP_BLOCKS), quantity("101001"), "51"),
    Published(KILL_BILL_BLOCKS, usd("volume_package", tiers=TOP_BLOCKS),
              quantity("300000"), "150"),
]  # fmt: skip
LIMITS = {"rate": "2.99", "per_event_min": "1.75", "per_event_max": "12"}
THREE_EVENTS = {"events": ["10", "80", "10000"]}
FOUR_EVENTS = {"events": ["50", "100", "250", "400"]}
PERCENTAGE = [
    Published(LAGO_PERCENTAGE,
              precise("percentage", rate="1.3", fixed_amount="2", free_events=3, free_amount="250"),
              FOUR_EVENTS, "11.15"),
    Published(LAGO_PERCENTAGE,
              precise("percentage", rate="1.3", fixed_amount="2", free_amount="250"),
              FOUR_EVENTS, "11.15"),
    Published(LAGO_PERCENTAGE, precise("percentage", rate="1.3", fixed_amount="2", free_events=3),
              FOUR_EVENTS, "7.2"),
    Published(LAGO_PERCENTAGE,
              precise("percentage", rate="1.3", fixed_amount="2", free_events=3, free_amount="500"),
              FOUR_EVENTS, "7.2"),
    Published(LAGO_PERCENTAGE, precise("percentage", rate="1.3", fixed_amount="2"),
              FOUR_EVENTS, "18.4"),
    Published(LAGO_PERCENTAGE, precise("percentage", rate="0", fixed_amount="2"),
              FOUR_EVENTS, "8"),
    Published(LAGO_PERCENTAGE, precise("percentage", rate="2.9"), quantity("4"), "0.116"),
    Published(LAGO_PERCENTAGE, precise("percentage", rate="1", fixed_amount="5", free_amount="15"),
              {"events": ["4", "4", "4", "4"]}, "5.01"),
    Published(LAGO_PERCENTAGE, precise("percentage", **LIMITS), THREE_EVENTS, "16.142"),
    Published(LAGO_PERCENTAGE, precise("percentage", fixed_amount="2", **LIMITS),
              THREE_EVENTS, "18.691"),
    Published(LAGO_PERCENTAGE, precise("percentage", free_events=2, **LIMITS), THREE_EVENTS, "12"),
    Published(LAGO_PERCENTAGE, precise("percentage", free_amount="30", **LIMITS),
              THREE_EVENTS, "13.794"),
    Published(LAGO_PERCENTAGE,
              precise("percentage", free_events=3, free_amount="10000", **LIMITS),
              THREE_EVENTS, "2.691"),
    Published(LAGO_ESTIMATE,
              precise("percentage", rate="12", fixed_amount="2", variant="single_event_estimate"),
              quantity("0"), "2"),
    Published(LAGO_ESTIMATE,
              precise("percentage", rate="12", fixed_amount="2", per_event_min="13",
                      variant="single_event_estimate"),
              quantity("0"), "13"),
    Published(LAGO_ESTIMATE,
              precise("percentage", rate="15", fixed_amount="3", per_event_max="2",
                      per_event_min="1", variant="single_event_estimate"),
              quantity("100"), "2"),
    Published(LAGO_ESTIMATE, precise("percentage", rate="20", variant="single_event_estimate"),
              quantity("-1"), "0"),
    Published(LAGO_GRADUATED_PERCENTAGE, precise("graduated_percentage", tiers=LAGO_PERCENTS),
              quantity("1"), "200.01"),
    Published(LAGO_GRADUATED_PERCENTAGE, precise("graduated_percentage", tiers=LAGO_PERCENTS),
              quantity("11"), "500.12"),
    Published(LAGO_GRADUATED_PERCENTAGE, precise("graduated_percentage", tiers=LAGO_PERCENTS),
              quantity("21"), "900.33"),
    Published(LAGO_DOCS,
              usd("graduated_percentage",
                  tiers=[tier("1000", rate="1", flat_amount="200"),
                         tier("10000", rate="2", flat_amount="300"),
                         tier(None, rate="3", flat_amount="400")]),
              quantity("1050", previous_quantity="500"), "306"),
]  # fmt: skip
SINGLE_EVENTS = [
    Published(OM_DYNAMIC, usd("dynamic", multiplier="1.33333"), quantity("10"), "13.33"),
    Published(OM_DYNAMIC, usd("dynamic", multiplier="1", min="100"), quantity("0"), "100"),
    Published(
        OM_DYNAMIC,
        usd("dynamic", multiplier="1.33333", max="100"),
        quantity("120", previous_billed="93.33", position="middle"),
        "6.67",
    ),
    Published(LAGO_DYNAMIC, precise("event_priced"), {"events": ["0.402"]}, "0.402"),
    Published(
        "Lago, dynamic charge with group-by",
        usd("event_priced"),
        {"groups": [["9.019"], ["0.101"]]},
        "9.12",
    ),
    Published(
        "Lago, dynamic charge without group-by",
        usd("event_priced"),
        {"events": ["0.101", "9.019"]},
        "9.12",
    ),
    Published(
        LAGO_CUSTOM,
        precise("graduated_by_dimension", tiers=ZONES),
        {"events": [{"units": "11", "dimension": "eu"}]},
        "0.1",
    ),
    Published(
        KILL_BILL_CAPACITY,
        usd("capacity", tiers=CAPACITIES),
        {"units": {"unit1": "100", "unit2": "1000", "unit3": "50"}},
        "10",
    ),
    Published(
        KILL_BILL_CAPACITY,
        usd("capacity", tiers=CAPACITIES),
        {"units": {"unit1": "100", "unit2": "1001"}},
        "20",
    ),
    Published(
        KILL_BILL_CAPACITY,
        usd("capacity", tiers=CAPACITIES),
        {"units": {"unit1": "10", "unit2": "2001"}},
        "30",
    ),
]
PRORATED_UNITS = [
    Published(LAGO_PRORATED, usd("prorated_graduated", tiers=tiers), events, amount)
    for tiers, events, amount in (
        (PRORATED, both("5 5 10 -6", "3.5 2.66667 2 -2.2"), "197.33"),
        (PRORATED, {"events": []}, "100"),
        (PRORATED, both("2 5 10 -6", "1.4 2.66667 2 -2.2"), "184.33"),
        (PRORATED, both("1 4 1 -5 -1", "0.7097 1.54839 0.2258 -0.80645 -0.0645"), "165.81"),
        (PRORATED, both("5 -2", "3.5 -1"), "125"),
        (PRORATED, both("4 2 -3", "2.8 1 -0.6"), "180.5"),
        (PRORATED, both("5 2 -4 10", "3.5 1 -1.6 2"), "190"),
        (PRORATED, both("5 -100", "2 -33.33"), "0"),
        (PRORATED, both("4 -100", "1.6 -33.33"), "0"),
        (PRORATED, both("1", "0.7"), "107"),
        ([tier("1", "10", "100"), tier(None, "5", "50")], both("1", "0.7"), "107"),
        (PRORATED_THREE, both("2 5 10 -6 4 60", "1.4 2.5 2 -2.2 0.667 2"), "191.34"),
        (PRORATED_THREE, both("75", "75"), "370"),
    )
]
PRORATED_UNITS += [
    Published(LAGO_ADJACENT, precise("prorated_graduated", tiers=tiers), events, amount)
    for tiers, events, amount in (
        (ADJACENT, both("15 -6", "15 -6"), "9"),
        (ADJACENT, both("11 -2", "11 -1"), "10.5"),
        (ONE_WIDE, both("5 2", "5 2"), "16"),
        (DECIMAL_BOUND, both("12", "6"), "6.75"),
        (FLATS_ONLY, both("10 -4", "10 -4"), "100"),
        (FLATS_ONLY, both("10 1 -4", "10 1 -4"), "150"),
        (ADJACENT, both("10 5", "0 5"), "5"),
    )
]
CREDITS = [
    Published(OM_CREDITS, usd("graduated", tiers=OM_CREDIT_TIERS, **rule),
              quantity(units, credits=credits_), amount)
    for rule, units, credits_, amount in (
        ({}, "10", ["150"], "0"),
        ({}, "15", ["150"], "5"),
        ({}, "10", ["75", "75"], "0"),
        ({}, "10", ["125"], "25"),
        ({"min": "200"}, "10", ["175"], "25"),
        ({}, "10", ["300"], "credits"),
    )
]  # fmt: skip
COUPON = {"kind": "fixed", "amount": "0.12"}
CALCULATIONS = [
    Published(OM_SHARES, usd("allocate", amount="6", weights=["10", "5"], index=1), {}, "2"),
    Published(OM_SHARES, usd("allocate", amount="0.05", weights=["1"] * 3, index=2), {}, "0.01"),
    Published(OM_SHARES,
              usd("allocate", amount="0.05", weights=["1"] * 3, keys=["C", "A", "B"], index=0),
              {}, "0.01"),
    Published(OM_SHARES,
              {"model": "allocate", "currency": "JPY", "amount": "5", "weights": ["1"] * 3,
               "index": 1}, {}, "2"),
    Published(OM_SHARES, usd("allocate", amount="100", weights=["1", "2", "3"], index=0),
              {}, "16.67"),
    Published(OM_SHARES, usd("allocate", amount="1", weights=["0.001", "0.002"], index=1),
              {}, "0.67"),
    Published(OM_SHARES, usd("allocate", amount="1.001", weights=["2"], index=0), {}, "amount"),
    Published(OM_SHARES, usd("allocate", amount="1", weights=["0"], index=0), {}, "weights"),
    Published(OM_PRORATION, usd("prorated_flat", amount="100", billed_days="15", period_days="31"),
              {}, "48.39"),
    Published(OM_PRORATION,
              {"model": "prorated_flat", "currency": "JPY", "amount": "1000",
               "billed_days": "10", "period_days": "31"}, {}, "323"),
    Published(OM_PRORATION,
              usd("prorated_flat", amount="100", billed_days="0", period_days="31",
                  zero_means_full=True), {}, "100"),
    Published(OM_PRORATION,
              usd("prorated_flat", amount="100", billed_days="40", period_days="31",
                  zero_means_full=True), {}, "100"),
    Published("Lago, subscription_service_spec.rb",
              usd("prorated_flat", amount="1.00", billed_days="17", period_days="31"), {}, "0.55"),
    Published(LAGO_TRUE_UP,
              usd("prorated_minimum_true_up", amount="10", billed_days="31", period_days="31",
                  used_amount="7"), {}, "3"),
    Published(LAGO_TRUE_UP,
              usd("prorated_minimum_true_up", amount="10.00", billed_days="15", period_days="31",
                  used_amount="2.00"), {}, "2.84"),
    Published(LAGO_TRUE_UP,
              usd("prorated_minimum_true_up", amount="10", billed_days="31", period_days="31",
                  used_amount="15"), {}, "0"),
    Published(LAGO_COUPON, usd("coupon", base_amount="3", **COUPON), {}, "0.12"),
    Published(LAGO_COUPON, usd("coupon", base_amount="0", **COUPON), {}, "0"),
    Published(LAGO_COUPON, usd("coupon", base_amount="0.06", **COUPON), {}, "0.06"),
    Published(LAGO_COUPON, usd("coupon", base_amount="3", already_used="0.06", **COUPON),
              {}, "0.06"),
    Published(LAGO_COUPON, usd("coupon", kind="percent", percent="20", base_amount="3"),
              {}, "0.6"),
    Published("Lago, wallet transactions", usd("credits_to_money", credits="1034", rate="0.001"),
              {}, "1.03"),
    Published("Lago, wallet transactions",
              {"model": "credits_to_money", "currency": "JPY", "credits": "4.39999", "rate": "1"},
              {}, "4"),
]  # fmt: skip
EVERY = [
    *FLAT, *PER_UNIT, *GRADUATED, *VOLUME, *PACKAGES, *PERCENTAGE, *SINGLE_EVENTS,
    *PRORATED_UNITS, *CREDITS, *CALCULATIONS,
]  # fmt: skip

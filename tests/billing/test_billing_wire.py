"""What the services of billing take and answer travels between window and core."""

import inspect

from desktop import wire
from desktop.domain.billing.mirror import MirrorQuestion, ObjectKind
from desktop.domain.billing.reports import ReportQuestion
from desktop.services.calls import MARK
from tests.billing.scene import ACCOUNT, APP, JUNE


def there_and_back(method, answer, *arguments):
    """An answer as the window gets it; the arguments as the core does."""
    signature = wire.signature_of(method)
    assert signature.read_arguments(wire.encode(arguments)) == arguments
    assert signature.read_result(wire.encode(answer)) == answer


def test_every_answer_is_read_as_it_was_given(shop):
    services = shop.billing
    page = services.mirror.objects(MirrorQuestion(ACCOUNT, ObjectKind.CUSTOMER))
    there_and_back(type(services.mirror).objects, page,
                   MirrorQuestion(ACCOUNT, ObjectKind.CUSTOMER))  # fmt: skip
    found = services.mirror.object(ACCOUNT, ObjectKind.PRICE, page_of_prices(shop)[0].object_id)
    there_and_back(type(services.mirror).object, found, ACCOUNT, ObjectKind.PRICE, found.object_id)
    plan = shop.plan()
    there_and_back(type(services.publishing).apply, shop.publish(), plan)
    question = ReportQuestion(ACCOUNT, APP, JUNE)
    run = shop.report()
    there_and_back(type(services.reports).run, run, question)
    lines = services.reports.lines(run.run_id, "", 0, 10)
    there_and_back(type(services.reports).lines, lines, run.run_id, "", 0, 10)
    there_and_back(
        type(services.reports).difference, shop.difference(), ACCOUNT, APP, JUNE
    )  # fmt: skip
    there_and_back(type(services.mirror).balance, services.mirror.balance(ACCOUNT), ACCOUNT)
    there_and_back(type(services.connections).connections, services.connections.connections())


def test_every_method_of_the_window_has_a_signature(empty_shop):
    for service in empty_shop.billing.all():
        for _, method in inspect.getmembers(type(service), inspect.isfunction):
            if hasattr(method, MARK):
                wire.signature_of(method)


def page_of_prices(shop):
    return shop.rows(ObjectKind.PRICE) or (shop.read(is_full=True), shop.rows(ObjectKind.PRICE))[1]

"""Files of rules, behind the Pricing page."""

from desktop.domain.ids import ApplicationId, CustomerId, PlanId, RuleId
from desktop.domain.pricing.changes import FilePreview
from desktop.domain.pricing.published import CustomerPlan, Plan, PlanTerm
from desktop.services import plans, rule_files
from desktop.services.calls import callable_from_window
from tests.gui.fakes import _Service
from tests.prices import SINCE


class RuleFileService(_Service, rule_files.RuleFileService):
    @callable_from_window
    def export_file(self, application_id: ApplicationId, path: str) -> int:
        self.controls.enter("RuleFileService.export_file", application_id, path)
        return len(self.controls.rules)

    @callable_from_window
    def preview_file(self, application_id: ApplicationId, path: str, only: str = "") -> FilePreview:
        self.controls.enter("RuleFileService.preview_file", application_id, path, only)
        return self.controls.file

    @callable_from_window
    def import_file(self, application_id: ApplicationId, path: str, only: str = "") -> FilePreview:
        self.controls.enter("RuleFileService.import_file", application_id, path, only)
        return self.controls.file


class PlanService(_Service, plans.PlanService):
    @callable_from_window
    def plans(self, application_id: ApplicationId) -> tuple[Plan, ...]:
        self.controls.enter("PlanService.plans", application_id)
        name = self.controls.hostile
        rules = (RuleId("rule_1"), RuleId("rule_2"))
        return (Plan(PlanId("plan_1"), application_id, f"{name}Team", "For teams", rules),)

    @callable_from_window
    def customer_plans(self, application_id: ApplicationId) -> tuple[CustomerPlan, ...]:
        self.controls.enter("PlanService.customer_plans", application_id)
        term = PlanTerm(SINCE, None, PlanId("plan_1"))
        return (CustomerPlan("sub_1", application_id, CustomerId("cus_1"), (term,)),)

"""Files of rules, behind the Pricing page."""

from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.changes import FilePreview
from desktop.services import rule_files
from desktop.services.calls import callable_from_window
from tests.gui.fakes import _Service


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

"""What every storage must do for keys, tokens, the audit log and filtered lists."""

from dataclasses import replace

from contract.audit_chain import START, first_broken
from contract.terms import Role
from hosted.storage.access_records import AuditFilter, AuditRecord, SdkKey, Token

APP = "app_1"


class AccessContract:
    def test_of_a_known_key_or_token_only_its_end_changes(self, storage):
        key = SdkKey("key_1", APP, "first", b"h" * 32, 5)
        token = Token("tok_1", "first", Role.EDITOR, b"t" * 32, 5)
        with storage.transaction() as transaction:
            transaction.put_sdk_key(key)
            transaction.put_token(token)
            transaction.put_sdk_key(replace(key, name="other", revoked_us=9, expires_us=8))
            transaction.put_token(replace(token, role=Role.OWNER, revoked_us=9, expires_us=8))
            assert transaction.sdk_key("app_2", "key_1") is None
            assert transaction.sdk_key(APP, "key_1").revoked_us == 9
            assert transaction.tokens()[0].revoked_us == 9
        assert storage.sdk_keys() == [replace(key, revoked_us=9, expires_us=8)]
        assert storage.tokens() == [replace(token, revoked_us=9, expires_us=8)]

    def test_last_use_never_goes_back(self, storage):
        with storage.transaction() as transaction:
            transaction.put_sdk_key(SdkKey("key_1", APP, "first", b"h" * 32, 5))
            transaction.put_token(Token("tok_1", "first", Role.EDITOR, b"t" * 32, 5))
            transaction.put_last_used({"tok_1": 70, "tok_gone": 1}, {"key_1": 80})
            transaction.put_last_used({"tok_1": 60}, {"key_1": 90})
        assert [token.last_used_us for token in storage.tokens()] == [70]
        assert [key.last_used_us for key in storage.sdk_keys()] == [90]

    def test_audit_log_is_chained_and_read_both_ways(self, storage):
        for number in range(5):
            with storage.transaction() as transaction:
                record = AuditRecord(
                    number, "tok_1", "change", "policy", f"p{number}", None, {"n": 1}
                )
                transaction.append_audit(record)
        entries = storage.audit_from(1, 99)
        assert [entry.entity_id for entry in entries] == ["p0", "p1", "p2", "p3", "p4"]
        assert first_broken(START, entries) is None
        newest = storage.audit(AuditFilter(), None, 2)
        assert newest == [entries[4], entries[3]]
        assert storage.audit(AuditFilter(), 4, 1) == [entries[2]]
        assert storage.audit(AuditFilter(entity_id="p1"), None, 9) == [entries[1]]
        assert storage.audit(AuditFilter(actor="tok_2"), None, 9) == []
        assert storage.audit(AuditFilter(entity="block"), None, 9) == []

    def test_audit_log_is_searched(self, storage):
        records = (
            AuditRecord(10, "tok_1", "create", "policy", "pol_1", None, {"url": "/Käse/{id}"}),
            AuditRecord(20, "tok_1", "change", "policy", "pol_1", {"url": "/Old"}, {"url": "/new"}),
            AuditRecord(30, "tok_1", "delete", "block", "block_9", {"reason": "100%"}, None),
        )
        with storage.transaction() as transaction:
            for record in records:
                transaction.append_audit(record)

        def found(**wanted):
            return [entry.sequence for entry in storage.audit(AuditFilter(**wanted), None, 9)]

        assert found(action="change") == [2]
        assert found(since_us=20) == [3, 2]
        assert found(until_us=20) == [1]
        assert found(text="käse") == [1]
        assert found(text="OLD") == found(text="/NEW") == [2]
        assert found(text="k_9") == found(text="0%") == [3]
        assert found(text="tok_1") == found(text="_%") == []

    def test_a_restricted_token_is_kept_with_its_applications(self, storage):
        token = Token("tok_1", "A", Role.VIEWER, b"t" * 32, 5, application_ids=("app_1", "app_2"))
        with storage.transaction() as transaction:
            transaction.put_token(token)
        assert storage.tokens() == [token]

    def test_rows_are_found_by_their_fields(self, storage):
        with storage.transaction() as transaction:
            for number in range(4):
                body = {"method": "GET", "url": f"/{number % 2}", "archived": number > 2}
                transaction.put_configuration("endpoint", f"e{number}", APP, body)

        def found(**fields):
            rows = storage.configuration_page("endpoint", APP, "", 9, fields)
            return [row.entity_id for row in rows]

        assert found(url="/1") == ["e1", "e3"]
        assert found(url="/1", archived=False) == ["e1"]
        assert found(method="PUT") == found(unknown="x") == []
        assert [
            row.entity_id
            for row in storage.configuration_page("endpoint", None, "", 9, {"url": "/0"})
        ] == ["e0", "e2"]

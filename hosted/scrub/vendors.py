"""Shapes of the credentials that vendors issue: a fixed beginning, an alphabet, a length.

There is no rule for mere randomness: forty hexadecimal digits are a commit, sixty-four a digest.
Sources: the vendors' own announcements of their token formats, and their push protection lists.
"""

import re
from dataclasses import dataclass
from typing import Final

ALNUM: Final = "A-Za-z0-9"
URLSAFE: Final = "A-Za-z0-9_-"
HEX: Final = "0-9a-fA-F"
ENOUGH: Final = 8
"""Characters behind a vendor's prefix that make a text suspect."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A credential: a literal that it contains, and the pattern from that literal on.

    `pattern` begins with the literal, so that it is searched for at the speed of memory. It is
    valid for all three engines: no look-around, no back references.
    """

    literal: str
    pattern: str

    @property
    def gate(self) -> str:
        """A shorter and more general form: enough to raise a suspicion, cheap to compile."""
        return re.sub(
            r"\{(\d+)(?:,\d*)?\}\Z", lambda match: f"{{{min(int(match[1]), ENOUGH)}}}", self.pattern
        )


def _shapes(alphabet: str, least: int, *literals: str) -> list[Shape]:
    return [Shape(literal, f"{re.escape(literal)}[{alphabet}]{{{least},}}") for literal in literals]


SHAPES: Final = (
    # Stripe, Paddle, Square, other payment services
    *_shapes(ALNUM, 16, "sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_"),
    *_shapes(ALNUM, 16, "ek_live_", "ek_test_", "sk_org_live_", "sk_org_test_"),
    *_shapes("A-Za-z0-9+/=", 16, "whsec_"),
    Shape("_secret_", rf"_secret_[{ALNUM}]{{16,}}"),
    *_shapes(URLSAFE, 24, "pdl_live_", "pdl_sdbx_", "pdl_ntfset_", "pdl_apikey_", "pdl_test_"),
    *_shapes(URLSAFE, 22, "sq0atp-", "sq0csp-", "sq0idp-"),
    *_shapes(URLSAFE, 56, "EAAA", "EAAB", "EAAC", "EAAG"),
    *_shapes(ALNUM, 14, "rzp_live_", "rzp_test_"),
    *_shapes("A-Za-z0-9_$-", 20, "access_token$production$", "access_token$sandbox$"),
    *_shapes("A-Za-z0-9_-", 24, "FLWSECK-", "FLWSECK_TEST-"),
    *_shapes(HEX, 30, "access-sandbox-", "access-production-", "access-development-"),
    *_shapes("0-9a-fA-F-", 32, "access-sandbox-", "access-production-", "access-development-"),
    # language models
    *_shapes(URLSAFE, 16, "sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-", "sk-ant-", "sk-or-"),
    *_shapes(ALNUM, 32, "sk-"),
    *_shapes(
        ALNUM, 30, "hf_", "gsk_", "r8_", "pplx-", "xai-", "nvapi-", "csk-", "api_org_", "sess-"
    ),
    *_shapes(URLSAFE, 30, "nvapi-", "tvly-", "pcsk_", "lsv2_pt_", "lsv2_sk_", "tgp_v1_", "fw_"),
    # clouds
    *_shapes("0-9A-Z", 16, "AKIA", "ASIA"),
    *_shapes("A-Za-z0-9+/=", 40, "ABSK"),
    *_shapes(URLSAFE, 30, "AIza"),
    *_shapes("A-Za-z0-9_.-", 16, "ya29."),
    *_shapes(URLSAFE, 20, "GOCSPX-"),
    *_shapes(URLSAFE, 30, "1//0"),
    *_shapes("A-Za-z0-9_~.-", 31, "7Q~", "8Q~"),
    *_shapes(HEX, 60, "dop_v1_", "doo_v1_", "dor_v1_"),
    *_shapes(URLSAFE, 30, "HRKU-", "FlyV1 fm", "fo1_", "fm2_"),
    *_shapes(URLSAFE, 24, "tskey-auth-", "tskey-api-", "tskey-client-", "tskey-"),
    *_shapes(ALNUM, 30, "nfp_", "vcp_", "vci_", "vca_", "vcr_", "vck_", "sbp_"),
    *_shapes(URLSAFE, 20, "sb_secret_"),
    *_shapes("A-Za-z0-9_=.-", 30, "pscale_tkn_", "pscale_pw_", "pscale_oauth_"),
    *_shapes(HEX, 32, "dapi"),
    # code and packages
    *_shapes(ALNUM, 30, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    *_shapes("A-Za-z0-9_", 22, "github_pat_"),
    *_shapes("A-Za-z0-9_.-", 20, "glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-"),
    *_shapes("A-Za-z0-9_.-", 20, "glimt-", "glagent-", "glsoat-", "glffct-", "gloas-", "GR1348941"),
    *_shapes(ALNUM, 30, "npm_", "rubygems_", "dckr_oat_"),
    *_shapes(URLSAFE, 16, "pypi-AgE", "dckr_pat_"),
    *_shapes(URLSAFE, 60, "pypi-"),
    *_shapes(ALNUM, 30, "cio"),
    *_shapes("a-z0-9", 43, "oy2"),
    *_shapes(HEX, 40, "bkua_", "pul-", "sgp_"),
    *_shapes("A-Za-z0-9_=-", 60, ".atlasv1."),
    *_shapes("A-Za-z0-9_=-", 24, "ATATT3", "ATCTT3", "ATBB"),
    *_shapes("0-9a-fA-F-", 50, "PMAK-", "PMAT-"),
    *_shapes(URLSAFE, 36, "figd_", "figo_", "figr_", "figp_", "figu_"),
    # talk, mail, documents
    *_shapes("A-Za-z0-9-", 10, "xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxo-", "xoxp-"),
    *_shapes("A-Za-z0-9-", 10, "xoxr-", "xoxs-", "xoxe.xoxp-", "xoxe.xoxb-"),
    *_shapes("A-Za-z0-9-", 20, "xapp-"),
    *_shapes("A-Za-z0-9/_-", 20, "hooks.slack.com/", "hooks.slack-gov.com/"),
    *_shapes("A-Za-z0-9/_-", 40, "discord.com/api/webhooks/", "discordapp.com/api/webhooks/"),
    Shape("/webhooks/", r"/webhooks/\d{15,21}/[A-Za-z0-9_-]{30,}"),
    *_shapes("A-Za-z0-9/@_-", 30, "webhook.office.com/webhookb2/", "hooks.zapier.com/hooks/catch/"),
    Shape("SG.", rf"SG\.[{URLSAFE}]{{16,}}\.[{URLSAFE}]{{16,}}"),
    *_shapes("a-f0-9", 60, "xkeysib-", "xsmtpsib-"),
    *_shapes(HEX, 32, "key-", "pubkey-"),
    Shape("re_", rf"re_[{ALNUM}]{{8}}_[{ALNUM}]{{20,}}"),
    *_shapes(HEX, 32, "SK", "AC"),
    *_shapes(ALNUM, 40, "ntn_", "secret_"),
    Shape("pat", rf"pat[{ALNUM}]{{14}}\.[{HEX}]{{60,}}"),
    Shape("pat-", rf"pat-(?:na|eu|ap)\d-[{HEX}-]{{32,}}"),
    *_shapes(ALNUM, 30, "lin_api_", "lin_oauth_"),
    *_shapes(URLSAFE, 40, "tfp_", "CFPAT-"),
    Shape(":AA", r":AA[A-Za-z0-9_-]{31,}"),
    # shops, secrets, observation
    *_shapes(HEX, 32, "shpat_", "shpca_", "shppa_", "shpss_", "shptka_", "shpua_"),
    *_shapes(URLSAFE, 20, "hvs.", "hvb.", "hvr."),
    Shape("dp.", rf"dp\.(?:pt|st|sa|ct|scim|audit)\.(?:[a-z0-9_-]{{1,40}}\.)?[{ALNUM}]{{30,}}"),
    *_shapes("A-Za-z0-9_", 36, "glsa_"),
    *_shapes("A-Za-z0-9+/=", 32, "glc_"),
    *_shapes("A-Za-z0-9_+/=", 40, "sntrys_", "sntryu_", "sntrya_"),
    *_shapes("A-Za-z0-9_-", 19, "NRAK-", "NRII-", "NRJS-", "NRRA-", "NRSP-", "NRIQ-", "NRAA-"),
    *_shapes("A-Za-z0-9_.", 40, "dt0c01.", "dt0s01."),
    *_shapes(ALNUM, 40, "phx_", "hcaik_", "hcbik_", "hcxik_"),
    *_shapes("0-9A-Za-z", 50, "AGE-SECRET-KEY-1", "age-secret-key-1"),
    *_shapes("A-Za-z0-9_=-", 30, "ops_eyJ"),
    # this product's own
    *_shapes(URLSAFE, 16, "uf_live_", "uf_owner_", "uf_editor_", "uf_viewer_", "uf_privacy_"),
    *_shapes(URLSAFE, 16, "uf_privacy_officer_"),
)

WITHOUT_LITERAL: Final = (
    r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}",  # Discord bot
    r"[0-9a-f]{32}-us\d{1,2}",  # Mailchimp
    r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",  # Mailgun
    r"[0-9]/\d{15,17}(?:/\d{15,17})?:[0-9a-f]{32}",  # Asana
    r"[0-9a-f]{36}NRAL",  # New Relic licence
    r"s\.[A-Za-z0-9]{24}",  # Vault before 1.10
)
"""Shapes that begin with a variable part; each is searched for in turn."""

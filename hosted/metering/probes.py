"""Paths that vulnerability scanners try everywhere, and that an API has no route for."""

import re
from typing import Final

PROBE: Final = re.compile(
    r"""
      (?:^|/)\.(?!well-known(?:/|$))     # hidden files: /.env, /.git/config, /.aws/credentials
    | \.(?:php\d?|phtml|aspx?|ashx|asmx|jspx?|cgi|cfm|bak|old|sql|env)(?:/|$)
    | ^/(?:wordpress|cgi-bin|phpmyadmin|pma|myadmin|mysqladmin|boaform|hnap1|autodiscover
         |_ignition|dana-na|jmx-console|nmaplowercheck\d+|evox|sdk/vimservice|vendor/phpunit
         |solr/admin|owa/auth|ecp/current|manager/html|remote/login|wp-\w+)(?:/|$)
    | \.\./ | %2e%2e | \$\{ | <script
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Nothing that could be the name of somebody's resource: its calls would be lost in the crowd."""


def is_probe(path: str) -> bool:
    """Whether a path is one of those that scanners try.

    Only for paths nobody declared: a policy, or a route pattern of the framework, comes first.
    """
    return PROBE.search(path) is not None

"""What an owner pastes into an API so that the public SDK reports to this workspace's service.

The Python SDK has no setting for the address: the snippet sets it on the SDK's socket manager right
after that is made, which is before anything connects. The Gin SDK has it as a constant.
"""

from string import Template
from typing import Final

from desktop.domain.connection import Snippet

PYTHON_REDIRECT: Final = """\
from usageflow.core.socket_manager import UsageFlowSocketManager

USAGEFLOW_KEY = "$sdk_key"
USAGEFLOW_ADDRESS = "$ws_url"

make_socket_manager = UsageFlowSocketManager.__init__


def report_to_my_service(self, *args, **kwargs):
    make_socket_manager(self, *args, **kwargs)
    self.ws_url = USAGEFLOW_ADDRESS


UsageFlowSocketManager.__init__ = report_to_my_service
"""
FASTAPI: Final = (
    """\
from fastapi import FastAPI
from usageflow.fastapi import UsageFlowMiddleware
"""
    + PYTHON_REDIRECT
    + """
app = FastAPI()
app.add_middleware(UsageFlowMiddleware, api_key=USAGEFLOW_KEY)
"""
)
FLASK: Final = (
    """\
from flask import Flask
from usageflow.flask import UsageFlowMiddleware
"""
    + PYTHON_REDIRECT
    + """
app = Flask(__name__)
UsageFlowMiddleware(app, api_key=USAGEFLOW_KEY)
"""
)
GIN: Final = """\
// Once, beside your go.mod: a copy of the package that reports to your service.
//
//   cp -r "$$(go list -m -f '{{.Dir}}' $module)" usageflow-go
//   chmod -R u+w usageflow-go
//   sed -i 's|wss://api.usageflow.io/ws|$ws_url|' usageflow-go/pkg/socket/socket.go
//   go mod edit -replace $module=./usageflow-go

package main

import (
	"log"

	"github.com/gin-gonic/gin"
	"$module/pkg/middleware"
)

func main() {
	router := gin.Default()
	router.Use(middleware.New("$sdk_key").RequestInterceptor())

	log.Fatal(router.Run(":8080"))
}
"""
GO_MODULE: Final = "github.com/usageflow/usageflow-go-middleware/v2"
GO_VERSION: Final = "v2.5.7"
"""The version whose address constant was seen to work when changed."""
PYTHON_NOTE: Final = (
    "Keep these lines above the first use of the middleware. Restart your API, then call it once."
)
GIN_NOTE: Final = (
    "The package has its address as a constant, so it is copied and changed once, as the comment "
    "says. Without changing code: let the name api.usageflow.io lead to your service on port 443 "
    "with a certificate whose issuer the computer trusts (SSL_CERT_FILE on Linux)."
)


def snippets(ws_url: str, sdk_key: str) -> tuple[Snippet, ...]:
    """FastAPI, Flask and Gin, in this order. Secret: they hold the key."""
    return (
        Snippet(
            framework="FastAPI",
            language="Python",
            install="pip install usageflow-fastapi",
            code=_filled(FASTAPI, ws_url, sdk_key),
            note=PYTHON_NOTE,
        ),
        Snippet(
            framework="Flask",
            language="Python",
            install="pip install usageflow-flask",
            code=_filled(FLASK, ws_url, sdk_key),
            note=PYTHON_NOTE,
        ),
        Snippet(
            framework="Gin",
            language="Go",
            install=f"go get {GO_MODULE}@{GO_VERSION}",
            code=_filled(GIN, ws_url, sdk_key),
            note=GIN_NOTE,
        ),
    )


def _filled(template: str, ws_url: str, sdk_key: str) -> str:
    return Template(template).substitute(ws_url=ws_url, sdk_key=sdk_key, module=GO_MODULE)

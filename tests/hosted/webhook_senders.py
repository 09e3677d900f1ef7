"""Stripe and Paddle as senders of events, signing as their own libraries check."""

import hashlib
import hmac
import json
import time
import uuid

import stripe

STRIPE_SECRET = "whsec_for_tests_of_stripe_events"
PADDLE_SECRET = "pdl_ntfset_for_tests_of_paddle_events"
EMAIL = "payer@corp.example"


def stripe_event(event_id=None, **fields):
    """A test event as Stripe writes it, with somebody's address inside."""
    body = {
        "id": event_id or f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_424_400,
        "livemode": False,
        "type": "customer.updated",
        "data": {"object": {"id": "cus_1", "object": "customer", "email": EMAIL}},
        **fields,
    }
    return json.dumps(body).encode()


def paddle_event(event_id=None, **fields):
    """An event as Paddle writes it."""
    body = {
        "event_id": event_id or f"evt_{uuid.uuid4().hex[:26]}",
        "event_type": "customer.updated",
        "occurred_at": "2026-11-23T09:00:00.123456Z",
        "notification_id": "ntf_1",
        "data": {"id": "ctm_1", "email": EMAIL, "status": "active"},
        **fields,
    }
    return json.dumps(body).encode()


def stripe_signed(body, secret=STRIPE_SECRET, at=None):
    """Headers of a delivery, signed by the library."""
    signed = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return {"Stripe-Signature": signed, "Content-Type": "application/json"}


def paddle_signed(body, secret=PADDLE_SECRET, at=None):
    """Headers of a delivery; the tests hold them against the library's verifier."""
    at = int(time.time()) if at is None else at
    return {
        "Paddle-Signature": f"ts={at};h1={paddle_hash(body, secret, at)}",
        "Content-Type": "application/json",
    }


def paddle_hash(body, secret, at):
    """The h1 part alone."""
    return hmac.new(secret.encode(), f"{at}:".encode() + body, hashlib.sha256).hexdigest()

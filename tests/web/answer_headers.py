"""The security headers that every answer must have."""

from django.http import HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'"
)
EXPECTED = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MUST = {name: value for name, value in EXPECTED.items() if name != "Content-Security-Policy"}
OF_LINKS = {"Referrer-Policy": "strict-origin", "X-Robots-Tag": "noindex, nofollow"}  # the path is a secret


def lacking(answer: HttpResponse) -> list[str]:
    """The headers that an answer lacks or weakens."""
    must = MUST | (OF_LINKS if answer.wsgi_request.path in {"/speak/", "/join/"} else {})
    wrong = [f"{name}: {answer.get(name)}" for name, value in must.items() if answer.get(name) != value]
    policy = answer.get("Content-Security-Policy", "")
    if answer.get("Content-Type", "").startswith("audio/"):
        return wrong + ([] if policy == "sandbox; default-src 'none'" else [policy])
    return wrong + ([] if policy == POLICY else [policy])

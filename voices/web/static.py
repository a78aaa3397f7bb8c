"""Static files by whitenoise, each answered in one read.

Its FileResponse is a synchronous stream; under ASGI Django would warn and use a thread for every block.
Ours are at most some 100 KB, so one read is quicker than a stream.
"""

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise with plain responses instead of streams."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:  # type: ignore[override]  # its own shape
        """Return whitenoise's response (200, 206, 304, 405 ...) with its headers and no others."""
        found = static_file.get_response(request.method, request.META)  # type: ignore[no-untyped-call]  # has no types
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        answer = HttpResponse(content, status=int(found.status))
        del answer["Content-Type"]
        for name, value in found.headers:
            answer[name] = value
        return answer


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Compressed files with their hash in the name, also where one module of ours imports another.

    Django's own switch for that (support_js_module_import_aggregation) fails on a file of django_htmx.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"'),
                (r"""(?P<matched>import\("(?P<url>\./[^"]+)"\))""", 'import("%(url)s")'),
            ),
        ),
    )

#!/usr/bin/env python
"""Voice Studio's command line. Configuration errors are printed as one sentence, without a traceback."""

import gc
import os
import platform
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError

from voices.kit.sealing import SealError
from voices.version import VERSION


def main() -> None:
    if sys.argv[1:] in (["version"], ["--version"]):  # Django would print its own
        versions = f"Django {django.get_version()}, Python {platform.python_version()}"
        print(f"Voice Studio {VERSION} ({versions})")  # noqa: T201  # what was asked for
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicestudio.settings")
    gc.disable()  # until all models are loaded (`VoicesConfig.ready`): nothing before that is garbage
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvError, SealError) as problem:
        sys.exit(f"Voice Studio cannot start: {problem}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python
"""Voice Studio's command line. Configuration errors are printed as one sentence, without a traceback."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from environs import EnvError

from voices.kit.sealing import SealError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicestudio.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, EnvError, SealError) as problem:
        sys.exit(f"Voice Studio cannot start: {problem}")


if __name__ == "__main__":
    main()

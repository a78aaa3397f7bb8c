"""Runs a program that ends with the process that started it.

    python -m voices.management.attached DESCRIPTOR PROGRAM [ARGUMENT ...]

DESCRIPTOR is the reading end of a pipe whose writing end only the starter holds; the kernel closes that one with
the starter, however it ends. PROGRAM is a module or a file that ends in .py.
"""

import runpy
import sys

from voices.kit.lifetimes import end_with_pipe


def main(arguments: list[str]) -> None:
    """Run the program in this process, under its own name and arguments."""
    descriptor, *sys.argv = arguments
    end_with_pipe(int(descriptor))
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])

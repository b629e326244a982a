"""The course: each lesson is a directory with a walkthrough and the programs that it uses.

The walkthroughs quote the code by file and symbol; `tutorials.quotes` copies the quoted code into them.
"""

import core.engine.loading  # noqa: F401

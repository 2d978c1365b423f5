r"""White space, in one spelling that RE2 (DuckDB) and Java (Spark) read alike.

\s is ASCII white space on both, less the vertical tab on RE2; \p{Z} is Unicode's spaces and separators, the no-break space
among them. So the vertical tab, next line, zero-width space and byte order mark are added: tests/test_blanks.py asks both
engines for each character.
"""

from __future__ import annotations

BLANK = r"[\s\v\p{Z}\x{85}\x{200b}\x{feff}]"
# \z and not $, which in Java also stands before a last line break.
BLANK_ENDS = rf"^{BLANK}+|{BLANK}+\z"
# In a notebook the patterns have names, so that the line that uses one can be read.
PYSPARK_BLANKS = f'blanks = r"{BLANK}+"  # no-break spaces too'
PYSPARK_BLANK_ENDS = f'blank_ends = r"{BLANK_ENDS}"  # no-break spaces too'

r"""White space, in one spelling that RE2 (DuckDB) and Java (Spark) read alike.

\s differs: Java's lacks the no-break space, and RE2's also the vertical tab. So the characters are listed: tab to
carriage return, space, next line, no-break space, Unicode's spaces and separators, zero-width space and byte order mark.
"""

from __future__ import annotations

BLANK = r"[\t-\r \x{85}\x{a0}\x{1680}\x{2000}-\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}]"
# \z and not $, which in Java also stands before a last line break.
BLANK_ENDS = rf"^{BLANK}+|{BLANK}+\z"
# In a notebook the pattern has a name, so that the line that uses it can be read.
PYSPARK_BLANK_ENDS = f'blank_ends = r"{BLANK_ENDS}"  # tabs, line breaks and no-break spaces too'

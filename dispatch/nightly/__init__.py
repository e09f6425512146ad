"""The nightly job: every centre for one date, unattended; one centre's failure spares the rest.

A night, in order:

1. the configuration is read (`config`), the day is found (`calendar`), a second run is
   refused (`lock`), and what a killed run left is repaired (`shelf`);
2. service, roster and absences are read (`absences`), the source's tickets are joined with the
   backlog, and tickets that cannot be planned are rejected with their reasons (`work`);
3. all centres are planned side by side, and written into a hidden folder (`run`);
4. that folder is put in its place whole, the store records the night in one transaction, `latest`
   is moved, and data past their retention are removed.

Before step 4 no earlier result has changed. Each part of step 4 happens whole or not at all, and
the next run for the same day does all parts again, with the same result. So a run may be killed at
any moment.
"""

from __future__ import annotations

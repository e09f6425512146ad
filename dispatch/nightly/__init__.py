"""The nightly job: every centre for one date, unattended; one centre's failure spares the rest.

A night, in order:

1. the configuration is read (`config`), the day is found (`calendar`), a second run is
   refused (`lock`), and what a killed run left is put right (`shelf`);
2. service, roster and absences are read (`absences`), the source's tickets are joined with the
   backlog, and what cannot be planned is held back with its reason (`work`);
3. all centres are planned side by side into a folder that nobody sees yet (`run`);
4. that folder takes its place whole, the store records the night in one transaction, `latest`
   is moved, and what is old enough goes.

Until step 4 nothing that was there has changed. Each part of step 4 happens whole or not at
all, and the next run for the same day does all of them again to the same end: so a run may be
killed at any moment.
"""

from __future__ import annotations

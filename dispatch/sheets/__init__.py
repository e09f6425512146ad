"""What technicians take along: printed sheets, calendars, tracks for the phone, a workbook.

Everything is a view of a written day (`dispatch.folder.read`); nothing is planned or recomputed.
"""

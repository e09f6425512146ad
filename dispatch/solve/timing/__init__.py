"""The clock of a round: arrays, schedules, breaks, time of day."""

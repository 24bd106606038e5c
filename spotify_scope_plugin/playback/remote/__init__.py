"""Music from another computer: one that shares what plays there, or a page that is followed."""

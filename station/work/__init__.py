"""The office: one function per thing the office does, and the only place that joins the packages."""

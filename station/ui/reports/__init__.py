"""The reports screen: rates, their rows, their export."""

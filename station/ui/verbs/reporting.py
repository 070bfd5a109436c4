"""The reports screen's office: rates, the dossiers behind them, their export."""

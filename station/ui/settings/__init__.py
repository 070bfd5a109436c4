"""The settings screen: language, theme, people, office, checks."""

"""The window. The only place where Qt is known; presenters, `shown` and `language` know none of it."""

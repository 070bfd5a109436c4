"""Parts of screens: the page view, the page strip, charts, cards, toasts, overlays. None decides anything."""

"""The board page: views, import map, style sheet, CSP, login throttle."""

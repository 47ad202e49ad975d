"""System checks, by what they look at: settings, Redis, production, the page."""

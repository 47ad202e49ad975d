#!/usr/bin/env python3
"""Django's command line: `manage.py help` lists the commands."""

from dashboard_project.command_line import main

if __name__ == "__main__":
    main()

"""`python -m dashboard_project`: for an installed wheel, what `manage.py` is in a checkout."""

from dashboard_project.command_line import main

if __name__ == "__main__":
    main()

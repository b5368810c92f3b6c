"""Bring Superset's own database up to date and the project's dashboard into it.

Runs in Superset's environment; see run_superset.py. The files in ``superset`` are in
Superset's export format, but for the schema of the public models, which is filled in
here. How to connect, libpq reads from its own variables. The columns of the datasets
are asked from PostgreSQL, so that they are written down in dbt only.
"""

import logging
import os
from pathlib import Path

from flask_migrate import upgrade
from superset.app import create_app

FILES = Path(__file__).parent / "superset"
ADMIN = "admin"


def main() -> None:
    """Load everything, over what an earlier start loaded."""
    app = create_app()
    logging.disable(logging.WARNING)
    with app.app_context():
        upgrade()
        make_admin(Path(os.environ["SUPERSET_HOME"], "admin-password"))
        load_files()


def make_admin(password_file: Path) -> None:
    """Make the one user, with the password that the file holds."""
    from superset import appbuilder, security_manager

    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    if security_manager.find_user(username=ADMIN) is None:
        security_manager.add_user(
            username=ADMIN,
            first_name="Superset",
            last_name="Admin",
            email="admin@localhost",
            role=security_manager.find_role("Admin"),
            password=password_file.read_text(encoding="utf-8").strip(),
        )


def load_files() -> None:
    """Import database, datasets, charts and dashboard; change what is there already."""
    from superset import db, security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.utils.core import override_user

    contents = {
        str(path.relative_to(FILES)): path.read_text(encoding="utf-8").replace(
            "${SCHEMA}", os.environ["BI_SCHEMA"]
        )
        for path in sorted(FILES.glob("**/*.yaml"))
    }
    with override_user(security_manager.find_user(username=ADMIN)):
        ImportAssetsCommand(contents).run()
        for dataset in db.session.query(SqlaTable).all():
            dataset.fetch_metadata()
        db.session.commit()


if __name__ == "__main__":
    main()

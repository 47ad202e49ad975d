"""What may happen to the files of a store while it runs."""

import os
import shutil
import sqlite3
from pathlib import Path

from broadcast.stores.sqlite.cache import SQLiteCache
from tests.support.sqlite_files import put


def log_is_written_back(path: Path) -> None:
    """As another process does, with the last updates of the log still in use."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    db.close()
    put(path, 0, "before-0")  # which verifies the file; the next time may be half a second later
    SQLiteCache(str(path), {}).engine.verifier.rests_until = 0.0


def log_of(path: Path) -> Path:
    return Path(f"{path}-wal")


def backup_of(path: Path) -> Path:
    return Path(f"{path.parent}.backup") / path.name


def database_is_deleted(path: Path) -> None:
    path.unlink()


def log_is_deleted(path: Path) -> None:
    log_of(path).unlink()


def index_is_deleted(path: Path) -> None:
    Path(f"{path}-shm").unlink()


def all_are_deleted(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def log_and_index_are_deleted(path: Path) -> None:
    log_of(path).unlink()
    Path(f"{path}-shm").unlink()


def log_is_emptied(path: Path) -> None:
    os.truncate(log_of(path), 0)


def log_is_cut(path: Path) -> None:
    os.truncate(log_of(path), log_of(path).stat().st_size // 2)


def log_is_overwritten(path: Path) -> None:
    size = log_of(path).stat().st_size
    log_of(path).write_bytes(b"\xff" * size)


def log_is_replaced(path: Path) -> None:
    other = path.parent / "other"
    other.write_bytes(b"")
    other.replace(log_of(path))


def database_is_emptied(path: Path) -> None:
    os.truncate(path, 0)


def database_is_cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def database_is_overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)


def database_is_overwritten_in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 200)


def database_is_renamed(path: Path) -> None:
    path.rename(path.with_suffix(".gone"))


def database_is_replaced_by_a_copy(path: Path) -> None:
    shutil.copy(backup_of(path), path.parent / "copy")
    (path.parent / "copy").replace(path)


def database_is_restored_in_place(path: Path) -> None:
    shutil.copyfile(backup_of(path), path)


def all_are_restored_in_place(path: Path) -> None:
    for file in backup_of(path).parent.iterdir():
        if not file.name.endswith("-shm"):  # SQLite's docs forbid that one; it is mapped into memory
            shutil.copyfile(file, path.parent / file.name)


def folder_is_moved(path: Path) -> None:
    path.parent.rename(f"{path.parent}.moved")


def folder_is_moved_back(path: Path) -> None:
    Path(f"{path.parent}.moved").rename(path.parent)


def folder_is_replaced_by_its_backup(path: Path) -> None:
    folder_is_moved(path)
    backup_of(path).parent.rename(path.parent)


def backup_takes_its_place(path: Path) -> None:
    all_are_deleted(path)
    for file in backup_of(path).parent.iterdir():
        shutil.copyfile(file, path.parent / file.name)

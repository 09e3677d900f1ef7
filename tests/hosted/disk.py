"""What a service left on the disk, as it lies there and as who has its key would read it."""


def stored_bytes(directory):
    """Everything in the data directory, as it lies on the disk."""
    return b"".join(path.read_bytes() for path in directory.iterdir() if path.is_file())


def decrypted(directory, key):
    """Every value of every table, as who has the key would read it."""
    from hosted.secrets import storage_key
    from hosted.storage.connection import connect
    from hosted.storage.embedded import DATA_FILE

    db = connect(directory / DATA_FILE, storage_key(key))
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    values = [repr(db.execute(f"SELECT * FROM {table}").fetchall()) for table in tables]  # noqa: S608
    db.close()
    return "\n".join(values).encode()

"""Which of two versions of Agor is the newer one."""

from agor_core import __version__


def is_newer(version: str) -> bool:
    """Whether a version is newer than this program's; one that cannot be read is."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) > Version(__version__)
    except InvalidVersion:
        return True

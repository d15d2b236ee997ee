"""Publishing: a new read-only DuckDB file from the manifests of good days, then the link to it."""

from warehouse.publish.build import PublishedFile, build_file
from warehouse.publish.versions import Published, newest_version, publish

__all__ = ["Published", "PublishedFile", "build_file", "newest_version", "publish"]

"""Where a workspace's store/, raw/ and models/ lie: a folder of this machine or a shared one, or object storage.

Everything else goes by paths of a local folder. A plain `Place` is that folder. A `RemotePlace` keeps a
mirror of the object storage there: files come when they are read and go up when they are written.
"""

from warehouse.place.local import LOCAL, Kept, Place
from warehouse.place.opening import open_place, secret_key

__all__ = ["LOCAL", "Kept", "Place", "open_place", "secret_key"]

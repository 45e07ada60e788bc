"""Who may do what: permissions, roles, the actor behind a request, the audit log."""

from .actor import Actor, Principal
from .audit import write_audit
from .permissions import Permission, Role, permissions_of

__all__ = ["Actor", "Permission", "Principal", "Role", "permissions_of", "write_audit"]

"""Configuration: what an installation may decide, read once at start and checked."""

from .settings import Settings, SettingsError, load

__all__ = ["Settings", "SettingsError", "load"]

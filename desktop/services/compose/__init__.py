"""Puts the services together, for the core process and for the command line alike."""

from desktop.services.compose.building import build_services
from desktop.services.compose.ground import Surroundings, real_surroundings
from desktop.services.compose.services import Services

__all__ = ["Services", "Surroundings", "build_services", "real_surroundings"]

"""Labelled images: where they come from, and what is done to them before a network sees them."""

from conv.datasets.augmentation import augment
from conv.datasets.dataset import Dataset
from conv.datasets.downloads import SOURCES, Progress, RemoteFile, Source, cache_folder, download
from conv.datasets.idx import read_idx
from conv.datasets.loading import NAMES, check_folder, load

__all__ = [
    "NAMES",
    "SOURCES",
    "Dataset",
    "Progress",
    "RemoteFile",
    "Source",
    "augment",
    "cache_folder",
    "check_folder",
    "download",
    "load",
    "read_idx",
]

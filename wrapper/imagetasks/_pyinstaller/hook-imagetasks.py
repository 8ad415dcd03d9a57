"""The adapters are imported by the names of their vendors."""

from PyInstaller.utils.hooks import collect_submodules

hiddenimports = collect_submodules("imagetasks.providers")

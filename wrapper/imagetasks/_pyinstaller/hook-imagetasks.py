"""The adapters are imported by the names of their vendors; the schema of sidecars is a file."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files("imagetasks", includes=["**/*.schema.json", "**/*.j2"])
hiddenimports = collect_submodules("imagetasks.providers")

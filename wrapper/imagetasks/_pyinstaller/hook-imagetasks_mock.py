"""What is odd about a vendor is imported by its name; scenarios and the admin API are files."""

from PyInstaller.utils.hooks import collect_data_files, collect_submodules

datas = collect_data_files(
    "imagetasks_mock", includes=["**/*.json", "**/*.yaml", "page/*"]
)
hiddenimports = [
    name
    for name in collect_submodules("imagetasks_mock")
    if name != "imagetasks_mock.pytest_plugin"
]

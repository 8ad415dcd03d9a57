"""Each client carries its spec."""

from PyInstaller.utils.hooks import collect_data_files

datas = collect_data_files("imagetasks_clients", includes=["**/openapi.json"])

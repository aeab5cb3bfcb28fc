"""Prints the edges that obsidiantools finds in a vault: [[note, file], …], paths from the vault's root."""

import json
import pathlib
import sys

import obsidiantools.api as obsidiantools

vault = obsidiantools.Vault(pathlib.Path(sys.argv[1])).connect(attachments=True)
files = {**vault.media_file_index, **vault.canvas_file_index, **vault.md_file_index}
edges = {(str(files[a]), str(files[b])) for a, b, *_ in vault.graph.edges if a in files and b in files}
json.dump(sorted(edges), sys.stdout)

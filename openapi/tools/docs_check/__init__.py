"""
Do the vendors' pages still say what the specs say?

A page (`fetch`) becomes lines (`lines`, `normalise`). Against the hashes in `openapi/sources.yaml` (`sources`) they
tell which lines are new and which are gone. What the lines say (`phrases`, `page`) is held against what the spec says
(`spec`) by `compare`, both ways. That part is heuristic: it reads tables, lists, blocks of fields, JSON and a few
phrases of English, and each of its findings quotes what it rests on.
"""

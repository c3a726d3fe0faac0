"""Outside systems, a folder each: what they send becomes what surveillance keeps."""

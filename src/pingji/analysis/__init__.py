"""Pure methods: arrays in, arrays out. No Django, no files, no clock; usable alone."""

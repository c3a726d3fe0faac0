"""Tables of counts and line lists in from CSV or Parquet, results out; no database, no Django."""

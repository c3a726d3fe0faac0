"""One HTML file a colleague can open without a network: figures, charts, settings in words."""
